import type { CallsMade } from "./github-calls.ts";

/** What the client of every service calls, whatever the service does. Metadata (read), which every App has, is enough for it. */
export const clientCalls: CallsMade = {
  "apps.createInstallationAccessToken": "An App acts in a repository with a token that lasts one hour.",
  "apps.eachRepository": "The reconciler learns on which repositories its App is installed; the others never ask.",
  "apps.getAuthenticated": "The service learns its own login, to know what it wrote itself.",
  "apps.getRepoInstallation": "A token is for the installation of the App on this repository.",
  "users.getAuthenticated": "The same with a token instead of an App.",
};
