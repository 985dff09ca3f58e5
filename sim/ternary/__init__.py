"""The ternary family: golden models, packers, random data and the streams of its cores."""
