"""Liberty files, read: text to groups, groups to cells and pins in fixed units."""
