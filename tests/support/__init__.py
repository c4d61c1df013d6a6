"""What the tests of the engine share: definitions of the ops, inputs, differences."""
