"""What a design must compute: golden numpy models, benches, and the simulator that runs them."""
