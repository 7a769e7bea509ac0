"""Facebook and Instagram behind the Graph client."""
