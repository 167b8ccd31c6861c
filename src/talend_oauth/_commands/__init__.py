"""The subcommands, one module each, with a function `run(arguments) -> exit status`."""
