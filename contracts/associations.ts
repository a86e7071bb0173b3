/**
 * GitHub's associations whose holders may decide about a repository. Reviews of other people are no objections
 * (https://docs.github.com/graphql/reference/enums#commentauthorassociation).
 */
export const decidingAssociations: readonly string[] = ["OWNER", "MEMBER", "COLLABORATOR"];
