"""What the fit of customers' and products' vectors and the reasons made of it have to agree on."""

REGULARIZATION = 0.1  # λ of the normal equations (Hu, Koren, Volinsky 2008, equation 4)
