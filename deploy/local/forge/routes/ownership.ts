import { fullRepositoryAnswer, repositoryAnswer } from "../answers/repository.ts";
import type { ForgeContext } from "../context.ts";
import { send } from "../events.ts";
import { invalid } from "../failure.ts";
import { forkRepository } from "../git/create-repository.ts";
import type { RepositoryRecord } from "../records.ts";
import { tellRenamed, tellTransferred } from "../repository-events.ts";
import type { MergeMethod } from "../rule-records.ts";
import { sceneOf } from "./issue.ts";
import { repositoryIn } from "./repository.ts";
import { type Answer, type Call, ok, pageAnswer, type Route, requiredTextIn, textIn, writerOf } from "./route.ts";

/** Forks, other names, other owners, and the ways in which a repository merges. */
export function ownershipRoutes(context: ForgeContext): Route[] {
  const at = "/repos/:owner/:repo";
  return [
    {
      method: "PATCH",
      path: at,
      operations: ["repos/update"],
      needs: "admin",
      handle: async (call) => patchRepository(context, call),
    },
    {
      method: "POST",
      path: `${at}/transfer`,
      operations: ["repos/transfer"],
      needs: "admin",
      handle: async (call) => transfer(context, call),
    },
    {
      method: "GET",
      path: `${at}/forks`,
      operations: ["repos/list-forks"],
      handle: async (call) => listForks(context, call),
    },
    { method: "POST", path: `${at}/forks`, operations: ["repos/create-fork"], handle: (call) => fork(context, call) },
  ];
}

const methodFields: readonly (readonly [string, MergeMethod])[] = [
  ["allow_merge_commit", "merge"],
  ["allow_squash_merge", "squash"],
  ["allow_rebase_merge", "rebase"],
];

function patchRepository(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const { repository } = scene;
  const methods = methodFields
    .filter(([field, method]) => call.body[field] ?? repository.mergeMethods.includes(method))
    .map(([, method]) => method);
  if (methods.length === 0) throw invalid("You must allow at least one merge method.");
  repository.mergeMethods = methods;
  const name = textIn(call, "name") ?? repository.name;
  if (name !== repository.name) {
    const before = repository.name;
    move(context, repository, { owner: repository.owner, name });
    tellRenamed(scene, before);
  }
  return ok(fullRepositoryAnswer(context, repository, call.viewer));
}

/** GitHub asks a person who gets a repository; here it is his at once. */
function transfer(context: ForgeContext, call: Call): Answer {
  const scene = sceneOf(context, call);
  const { repository } = scene;
  const before = repository.owner;
  const owner = requiredTextIn(call, "Repository", "new_owner");
  move(context, repository, { owner, name: textIn(call, "new_name") ?? repository.name });
  tellTransferred(scene, before);
  return { status: 202, body: repositoryAnswer(context, repository) };
}

/** The former name leads to the repository until another one has it. */
function move(
  context: ForgeContext,
  repository: RepositoryRecord,
  to: { readonly owner: string; readonly name: string },
): void {
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(to.name) || context.store.findRepository(to.owner, to.name) !== undefined) {
    throw invalid({
      resource: "Repository",
      field: "name",
      code: "custom",
      message: "name already exists on this account",
    });
  }
  repository.formerNames.push(`${repository.owner}/${repository.name}`);
  Object.assign(repository, to);
}

function listForks(context: ForgeContext, call: Call): Answer {
  const repository = repositoryIn(context, call);
  const found = context.store.state.repositories.filter((each) => each.forkOf === repository.id);
  return pageAnswer(call, found, (each) => repositoryAnswer(context, each));
}

/** The caller's own fork; asked again, the same one. */
async function fork(context: ForgeContext, call: Call): Promise<Answer> {
  const scene = sceneOf(context, call);
  const { login } = writerOf(call);
  const found = context.store.state.repositories.find(
    (each) => each.owner === login && each.forkOf === scene.repository.id,
  );
  if (found !== undefined) return { status: 202, body: fullRepositoryAnswer(context, found, call.viewer) };
  if (context.store.findRepository(login, scene.repository.name) !== undefined) {
    throw invalid({
      resource: "Repository",
      field: "name",
      code: "custom",
      message: "name already exists on this account",
    });
  }
  const made = await forkRepository(context, scene.repository, login);
  send(scene, "fork", null, { forkee: repositoryAnswer(context, made) });
  return { status: 202, body: fullRepositoryAnswer(context, made, call.viewer) };
}
