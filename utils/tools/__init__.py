"""Operations as tools of the protocol: schema, arguments, answers, server."""
