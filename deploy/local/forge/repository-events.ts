import { userAnswer } from "./answers/repository.ts";
import { type Scene, send } from "./events.ts";

/** `repository.renamed`. */
export function tellRenamed(scene: Scene, from: string): void {
  send(scene, "repository", "renamed", { changes: { repository: { name: { from } } } });
}

/** `repository.transferred`. An organization that gave it away is named as such. */
export function tellTransferred(scene: Scene, from: string): void {
  const user = userAnswer(scene.context, from);
  const owner = user.type === "Organization" ? { organization: user } : { user };
  send(scene, "repository", "transferred", { changes: { owner: { from: owner } } });
}
