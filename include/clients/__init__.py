"""HTTP manners shared by every vendor: sessions, sign-in, paginators, GraphQL."""
