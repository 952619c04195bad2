"""How a recording is treated, learned: an encoder hears two recordings, a controller sets effects between them."""
