import type { Playbook } from "../model/playbook.ts";
import type { DemoChange } from "./demo-change.ts";
import { fixScene, implementScene } from "./dev-e-scenes.ts";
import { reviewScene } from "./review-e-scene.ts";
import { slugifyChange } from "./slugify.ts";
import { truncateChange } from "./truncate.ts";

/** The changes of the demo, one for each demo issue. */
export const demoChanges: readonly DemoChange[] = [slugifyChange, truncateChange];

/** What the scripted model plays in the demo repository: a flawed attempt, a review, a fix and an approval for each demo issue. */
export const demoPlaybook: Playbook = demoChanges.flatMap((change) => [
  implementScene(change),
  fixScene(change),
  reviewScene(change),
]);
