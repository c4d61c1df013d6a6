"""What the tests of the engine share: independent definitions of the ops, inputs, numeric derivatives."""
