"""Design spaces: every point estimated, the exact front kept, the best ones measured."""
