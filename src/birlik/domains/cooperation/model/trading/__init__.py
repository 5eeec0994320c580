"""What trade tells: how complex products are, how near to what a state sells, whose trade fits whose."""
