/** One rule of the guard: what it blocks, why, and what is allowed instead. The words are read by the model, by operators and in the docs. */
export interface GuardRule {
  /** What is blocked, as the end of "blocked is …". */
  readonly blocks: string;
  /** Why, one sentence. */
  readonly reason: string;
  /** What to do instead, one sentence. */
  readonly instead: string;
}

/**
 * The rule table of the guard: every command and every path that a model hands to a tool is checked against it, and there is no override.
 * The prompt's section and docs/guard.md are written from it.
 */
export const guardRules = {
  "unreadable-command": {
    blocks:
      "a command that cannot be read whole: a syntax error at any level, an open here-document, too long, too deep",
    reason: "What cannot be read cannot be checked.",
    instead: "Write a short command without errors; write long text to a file with the file tool.",
  },
  "unknown-program": {
    blocks: "a program whose name is not known before it runs: an unknown variable, a pattern or braces as the command",
    reason: "The name decides what happens, and here it is decided only when it runs.",
    instead: "Write the name of the program out.",
  },
  "unknown-code": {
    blocks:
      "code that is not known before it runs, handed to a shell, an interpreter, eval or source, and options that make a program run it",
    reason: "Code that is put together at run time cannot be checked.",
    instead: "Write the code out in the command, or write it to a file of the work tree and run that file.",
  },
  "fetched-code": {
    blocks: "running what was downloaded or decoded: curl | sh, base64 -d | sh, download and then run",
    reason: "What another machine sends would run with the rights of the run.",
    instead: "Add a dependency with the package manager of the stack, or save the file, read it and leave it there.",
  },
  "raise-rights": {
    blocks: "sudo, su, doas, pkexec and other ways to become another user",
    reason: "A run has the rights that it needs, and no more.",
    instead: "Run the command without it; what needs more rights is a question for a person.",
  },
  "delete-outside": {
    blocks:
      "removing folders, or changing rights and owners in them, outside the work tree and the temporary folder; also when the path is not known",
    reason: "What is outside the work tree belongs to the machine or to somebody else.",
    instead: "Name a path inside the work tree, such as rm -rf ./build.",
  },
  "discard-work": {
    blocks:
      "throwing away work that is not committed: git reset --hard, clean -f, checkout -- PATH, restore PATH, stash drop, branch -D, removing all of the work tree",
    reason: "Work that was never committed cannot be brought back.",
    instead: "Commit or git stash push it first; git restore --staged and git reset --soft keep the files.",
  },
  "git-history": {
    blocks:
      "destroying the git directory or its history: .git, reflog expire, gc --prune=now, filter-branch, update-ref -d",
    reason: "The history is what makes a mistake harmless.",
    instead: "Commit a change that undoes the other one (git revert).",
  },
  "force-push": {
    blocks: "git push --force, +REF, --mirror and removing branches of the remote (--force-with-lease is allowed)",
    reason: "It removes commits that others have seen.",
    instead: "Push with --force-with-lease to the branch of this run.",
  },
  "protected-branch": {
    blocks: "pushing to a protected branch, or to a branch or remote that is not known or not the repository's own",
    reason: "Only the gate merges, after checks and review.",
    instead: "Push the branch of this run to origin by its name.",
  },
  "git-settings": {
    blocks:
      "settings and options of git that make it run programs or talk to other hosts: core.hooksPath, core.sshCommand, ext::",
    reason: "They make a harmless git command run something else.",
    instead: "Use git without these settings; user.name, user.email and aliases of safe commands are allowed.",
  },
  "drop-data": {
    blocks: "DROP, TRUNCATE, and DELETE or UPDATE without WHERE, in database clients; flushing a whole store",
    reason: "Data is not in git.",
    instead: "Write a migration that a person reviews, or remove rows by a condition.",
  },
  "shared-infrastructure": {
    blocks:
      "destroying or changing what others use: kubectl delete namespace or clusterrolebinding, terraform destroy, cloud resources, docker volumes, settings and merges on the forge",
    reason: "It is shared, and no run is to change it on its own.",
    instead: "Read it (get, describe, plan, list), change its files in the repository and let a person apply them.",
  },
  "system-packages": {
    blocks: "installing or removing packages of the system: apt, dnf, yum, pacman, brew, apk and the like",
    reason: "The machine is shared by runs and its image is built elsewhere.",
    instead: "Use the package manager of the stack (npm, pip, cargo), or name the missing package in your summary.",
  },
  "open-rights": {
    blocks: "chmod 777 and any other mode by which everybody may write, and set-user-id",
    reason: "Everybody on the machine could change the files.",
    instead: "Give the rights that are needed, such as chmod +x FILE or chmod 755 DIR.",
  },
  "read-secrets": {
    blocks:
      "reading secrets: dumps of the environment, variables with secret names, ~/.ssh, keys, .env and credentials files, cloud metadata",
    reason: "No task needs the value of a secret, and what is read can leak.",
    instead: "Read an example file such as .env.example, or name the one variable that is needed and is no secret.",
  },
  "send-files": {
    blocks:
      "sending files or the output of commands to another machine: curl with a file, scp, rsync, nc, socat, /dev/tcp",
    reason: "The work tree is not to leave the machine but by git.",
    instead: "Commit and push the branch of this run; test servers on localhost are allowed.",
  },
  "machine-state": {
    blocks:
      "changing the machine: disks, mounts, services, users, the firewall, scheduled jobs, system files, killing everything, fork bombs, containers with rights on the host",
    reason: "The machine is shared and outlives the run.",
    instead: "Stay inside the work tree; stop only processes that this run started, by their id.",
  },
  "publish-package": {
    blocks: "publishing packages, images and releases: npm publish, docker push, cargo publish, gh release create",
    reason: "What is published stays published.",
    instead: "Prepare it (npm pack, --dry-run) and leave publishing to the pipeline.",
  },
  "protected-path": {
    blocks:
      "writing outside the work tree by a file tool, and writing .git/, .github/, CODEOWNERS, .rig-agent.yaml or AGENTS.md unless the approved issue names them",
    reason: "These files decide what runs and who must approve.",
    instead: "Change other files; say in your summary what such a file would need.",
  },
} as const satisfies Readonly<Record<string, GuardRule>>;

/** The id of a rule, as GUARD_BLOCKED names it. */
export type GuardRuleId = keyof typeof guardRules;
