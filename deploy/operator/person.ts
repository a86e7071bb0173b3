import { userInfo } from "node:os";

/** Who runs the command, for the facts of the operator: `RIG_PERSON`, or else the user of the machine. */
export function person(): string {
  return process.env.RIG_PERSON ?? userInfo().username;
}
