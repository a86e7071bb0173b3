/** Associations of people who may decide about a repository: of people, only their reviews count as objections (https://docs.github.com/graphql/reference/enums#commentauthorassociation). */
export const decidingAssociations: readonly string[] = ["OWNER", "MEMBER", "COLLABORATOR"];
