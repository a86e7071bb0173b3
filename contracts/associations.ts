/** Associations that let a person decide about a repository (https://docs.github.com/graphql/reference/enums#commentauthorassociation). */
export const decidingAssociations: readonly string[] = ["OWNER", "MEMBER", "COLLABORATOR"];
