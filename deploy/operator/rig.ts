import { type Commands, runCommandLine } from "./command-line.ts";
import { endDeadLetter } from "./dead-letters.ts";
import { doctor } from "./doctor.ts";
import { erase } from "./erase.ts";
import { showEvents } from "./events.ts";
import { endWith } from "./exit.ts";
import { setFreeze } from "./freeze.ts";
import { explainGate } from "./gate-explain.ts";
import { replayGate } from "./gate-replay.ts";
import { askGuard } from "./guard.ts";
import { showIssue, showIssues, stateFault } from "./issues.ts";
import { natsCommand } from "./nats-command.ts";
import { readPlaces } from "./places.ts";
import { showPolicy } from "./policy.ts";
import { printError } from "./print.ts";

/** The commands that work on any rig: they read the streams and the read model, end dead letters and erase text. */
export const commands: Commands = {
  issues: {
    usage: "issues [--state STATE]",
    does: "every issue and where it stands",
    takesNone: true,
    options: ["state", "json"],
    run: async ({ options, places }) => {
      const fault = stateFault(options.state);
      if (fault === undefined) return showIssues(await places(), options);
      printError(fault);
      return 64;
    },
  },
  issue: {
    usage: "issue [OWNER/REPO#]N",
    does: "one issue with its history; --repo OWNER/REPO names the repository too",
    needs: "N or OWNER/REPO#N",
    options: ["repo", "json"],
    run: async ({ argument, options, places }) => showIssue(await places(), argument, options),
  },
  events: {
    usage: "events [--follow]",
    does: "the facts, oldest first; --follow shows those to come",
    takesNone: true,
    options: ["follow", "json"],
    run: async ({ options, places }) => showEvents(await places(), options),
  },
  "gate explain": {
    usage: "gate explain OWNER/REPO#N",
    does: "why a pull request is not merged, or that of an issue: who can end it, and how",
    needs: "OWNER/REPO#N",
    options: ["json"],
    run: async ({ argument, options, places }) => explainGate(await places(), argument, options),
  },
  "gate replay": {
    usage: "gate replay [--policy FILE]",
    does: "computes the gate's verdicts again, under the policy or another one, and shows which\ndiffer; --since 7d leaves out older ones",
    takesNone: true,
    options: ["policy", "since", "json"],
    run: async ({ options, places }) => replayGate(await places(), options),
  },
  policy: {
    usage: "policy [FILE]",
    does: "the policy, or what holds for a repository with this .rig-agent.yaml",
    options: ["json"],
    run: ({ argument, options }) => showPolicy(argument, options),
  },
  doctor: {
    usage: "doctor",
    does: "checks every part and says what to do",
    takesNone: true,
    options: ["json"],
    run: async ({ options }) => doctor(await readPlaces(options.data), options),
  },
  replay: {
    usage: "replay SEQUENCE",
    does: "replays a dead letter to the consumer that failed",
    needs: "SEQUENCE",
    run: (call) => endDeadLetter(call.places, "replay", call),
  },
  dismiss: {
    usage: "dismiss SEQUENCE",
    does: "removes a dead letter for good",
    needs: "SEQUENCE",
    run: (call) => endDeadLetter(call.places, "dismiss", call),
  },
  erase: {
    usage: "erase OWNER/REPO#N",
    does: "erases what was written about an issue or pull request; without #N, and with --yes,\nall of a repository. --dry-run lists it",
    needs: "OWNER/REPO#N",
    options: ["yes", "dry-run", "json"],
    run: async ({ argument, options, places }) => {
      const { yes = false, "dry-run": dryRun = false, json = false } = options;
      return erase(await places(), argument, { yes, dryRun, json });
    },
  },
  freeze: {
    usage: "freeze OWNER/REPO[@BRANCH]",
    does: "lets the gate merge nothing there until unfreeze; --reason TEXT says why,\n--yes freezes also what the rig has never seen",
    needs: "OWNER/REPO or OWNER/REPO@BRANCH",
    options: ["reason", "yes"],
    run: (call) => setFreeze(call.places, "freeze", call),
  },
  unfreeze: {
    usage: "unfreeze OWNER/REPO[@BRANCH]",
    does: "ends that; the gate looks at what waited",
    needs: "OWNER/REPO or OWNER/REPO@BRANCH",
    run: (call) => setFreeze(call.places, "unfreeze", call),
  },
  guard: {
    usage: "guard [--json] -- COMMAND",
    does: "whether the guard lets an agent run a command, and by which rule not; --stdin reads one\nJSON string a line",
    passesOn: true,
    run: async ({ rest }) => askGuard(rest),
  },
  nats: {
    usage: "nats ARGUMENTS",
    does: "the nats command, connected as the operator",
    passesOn: true,
    run: async ({ rest, places }) => natsCommand(await places(), rest),
  },
};

// On a machine that has no local rig. `npm run rig` runs deploy/local/demo/rig.ts, which has one command more.
if (import.meta.main) await endWith(runCommandLine(commands, process.argv.slice(2)));
