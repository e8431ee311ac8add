"""The GraphQL fields: for each resource its queries, mutations and inputs, over the resolvers that REST calls too."""
