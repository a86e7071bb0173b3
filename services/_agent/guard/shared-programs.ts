import type { GuardRuleId } from "#contracts/guard-rules.ts";
import { isOpen } from "./marks.ts";
import { has, readOptions, valuesOf } from "./options.ts";
import { pathsOf, placeOf } from "./paths.ts";
import { anything, block, type Flow, inside, type Program, type Scope } from "./run.ts";

/** A call that is blocked: words that stand in it in this order, apart from options, or a pattern over all of it. */
interface Refusal {
  readonly rule: GuardRuleId;
  readonly when: RegExp;
}

/** Each program and the calls of it that are refused. The text is the call without its name, its words joined by spaces. */
const refusals: Readonly<Record<string, readonly Refusal[]>> = {
  ...Object.fromEntries(
    ["terraform", "tofu", "terragrunt"].map((name) => [
      name,
      [
        {
          rule: "shared-infrastructure" as const,
          when: /(^|\s)(destroy|apply|import|taint|untaint|force-unlock|destroy-all|apply-all|run-all (apply|destroy))(\s|$)|(^|\s)(state (rm|mv|push|replace-provider)|workspace delete)\b/,
        },
        { rule: "read-secrets" as const, when: /(^|\s)(state (pull|show)|output .*-json|output .*-raw)\b/ },
      ],
    ]),
  ),
  pulumi: [
    {
      rule: "shared-infrastructure",
      when: /(^|\s)(destroy|up|update|cancel|import|refresh)(\s|$)|state delete|stack rm/,
    },
  ],
  cdk: [{ rule: "shared-infrastructure", when: /(^|\s)(destroy|deploy)(\s|$)/ }],
  serverless: [{ rule: "shared-infrastructure", when: /(^|\s)(remove|deploy)(\s|$)/ }],
  ansible: [{ rule: "shared-infrastructure", when: /\S/ }],
  "ansible-playbook": [
    { rule: "shared-infrastructure", when: /^(?!.*--(syntax-check|check|list-tasks|list-hosts)).*\S/ },
  ],
  helm: [
    {
      rule: "shared-infrastructure",
      when: /(^|\s)(uninstall|delete|del|un|rollback|install|upgrade)(\s|$)(?!.*--dry-run)/,
    },
    { rule: "publish-package", when: /(^|\s)push(\s|$)/ },
  ],
  flux: [{ rule: "shared-infrastructure", when: /(^|\s)(delete|uninstall|suspend|bootstrap)(\s|$)/ }],
  argocd: [{ rule: "shared-infrastructure", when: /(^|\s)(delete|sync|rollback|set)(\s|$)/ }],
  aws: [
    {
      rule: "read-secrets",
      when: /get-secret-value|with-decryption|get-session-token|assume-role|export-credentials|configure (get|list)|create-access-key|get-login-password|get-authorization-token|kms decrypt|get-password-data|batch-get-secret/,
    },
    {
      rule: "shared-infrastructure",
      when: /(^|\s)(s3 (rb|rm|mv)|s3 sync .*--delete|s3api (delete|put-bucket)\S*)|\s(delete|terminate|destroy|deregister|remove|purge|stop|reboot|disable|detach|revoke|cancel)-[a-z-]+/,
    },
    { rule: "send-files", when: /(^|\s)s3 (cp|sync) (?!s3:)\S+ .*s3:/ },
  ],
  gcloud: [
    {
      rule: "read-secrets",
      when: /print-access-token|print-identity-token|secrets versions access|credential|auth (login|print|application-default)|config-helper/,
    },
    {
      rule: "shared-infrastructure",
      when: /(^|\s)(delete|destroy|remove-iam-policy-binding|add-iam-policy-binding|deploy|undelete|disable|reset|stop)(\s|$)/,
    },
  ],
  gsutil: [
    { rule: "shared-infrastructure", when: /(^|\s)(rm|rb|mv|rsync .*-d)(\s|$)/ },
    { rule: "send-files", when: /(^|\s)(cp|rsync) .*gs:\/\// },
  ],
  az: [
    {
      rule: "read-secrets",
      when: /get-access-token|keyvault secret (show|download)|keys list|list-keys|connection-string|get-credentials|acr login/,
    },
    { rule: "shared-infrastructure", when: /(^|\s)(delete|purge|stop|deallocate|restart|reset)(\s|$)|delete-batch/ },
  ],
  doctl: [{ rule: "shared-infrastructure", when: /(^|\s)(delete|destroy|rm|d|remove)(\s|$)/ }],
  heroku: [
    { rule: "shared-infrastructure", when: /destroy|pg:reset|(^|\s)(ps|addons):(destroy|stop|kill)/ },
    { rule: "read-secrets", when: /(^|\s)(config|auth:token|pg:credentials)/ },
  ],
  flyctl: [
    { rule: "shared-infrastructure", when: /destroy|delete|deploy/ },
    { rule: "read-secrets", when: /tokens|auth token/ },
  ],
  fly: [
    { rule: "shared-infrastructure", when: /destroy|delete|deploy/ },
    { rule: "read-secrets", when: /tokens|auth token/ },
  ],
  vercel: [
    { rule: "shared-infrastructure", when: /(^|\s)(rm|remove|deploy|--prod|env (rm|add))(\s|$)|^$/ },
    { rule: "read-secrets", when: /env (pull|ls)/ },
  ],
  netlify: [{ rule: "shared-infrastructure", when: /delete|deploy/ }],
  wrangler: [{ rule: "shared-infrastructure", when: /delete|deploy|publish/ }],
  firebase: [{ rule: "shared-infrastructure", when: /delete|deploy|:disable/ }],
  gh: [
    {
      rule: "read-secrets",
      when: /(^|\s)auth (token|status .*(-t|--show-token))|(^|\s)(secret|variable) list .*--json/,
    },
    { rule: "publish-package", when: /(^|\s)release (create|upload|edit|delete|delete-asset)/ },
    {
      rule: "shared-infrastructure",
      when: /(^|\s)(repo (delete|archive|unarchive|rename|edit|transfer|create|deploy-key|sync)|pr (merge|close|ready|review|lock|unlock|edit)|issue (delete|close|transfer|lock|pin|edit|develop)|secret (set|delete|remove)|variable (set|delete)|auth (login|logout|refresh|setup-git|switch)|workflow (run|disable|enable)|run (delete|cancel|rerun)|cache delete|ssh-key|gpg-key|label (delete|edit|create|clone)|gist (create|delete|edit)|codespace|extension (install|exec|upgrade)|alias (set|import)|config set|project|ruleset|org|attestation)(\s|$)/,
    },
    {
      rule: "shared-infrastructure",
      when: /(^|\s)api (?=.*(-X|--method)[= ]?(?!get\b)\w+|.*\s(-f|-F|--field|--raw-field|--input)\b)(?!.*\bgraphql\b)/i,
    },
  ],
  glab: [
    {
      rule: "shared-infrastructure",
      when: /(^|\s)(repo (delete|archive|transfer)|mr (merge|close|approve|delete)|issue (delete|close)|variable (set|delete)|ci (run|cancel|delete)|release (create|delete)|auth)/,
    },
  ],
  hub: [{ rule: "shared-infrastructure", when: /(^|\s)(delete|merge|release (create|delete)|api)/ }],
  ...Object.fromEntries(
    ["npm", "pnpm", "yarn", "bun", "cnpm"].map((name) => [
      name,
      [
        {
          rule: "publish-package" as const,
          when: /^(?!.*--dry-run).*(^|\s)(publish|unpublish|deprecate|dist-tag (add|rm)|npm publish|owner (add|rm)|access|team|adduser|login|logout)(\s|$)/,
        },
        {
          rule: "read-secrets" as const,
          when: /(^|\s)(token|config (ls|list)( .*)? -l|config get \S*(_auth|token|password)\S*)/i,
        },
      ],
    ]),
  ),
  cargo: [{ rule: "publish-package", when: /^(?!.*(--dry-run|-n\b)).*(^|\s)(publish|yank|owner|login)(\s|$)/ }],
  twine: [{ rule: "publish-package", when: /(^|\s)upload/ }],
  poetry: [{ rule: "publish-package", when: /^(?!.*--dry-run)(^|.*\s)publish/ }],
  uv: [{ rule: "publish-package", when: /^(?!.*--dry-run)(^|.*\s)publish/ }],
  flit: [{ rule: "publish-package", when: /(^|\s)publish/ }],
  hatch: [{ rule: "publish-package", when: /(^|\s)publish/ }],
  gem: [{ rule: "publish-package", when: /(^|\s)(push|yank|owner|signin)/ }],
  mvn: [{ rule: "publish-package", when: /(^|\s)(deploy|release:\S+|deploy:\S+)(\s|$)/ }],
  gradle: [{ rule: "publish-package", when: /(^|\s)(:?\S*publish\S*|uploadArchives)(\s|$)(?!.*ToMavenLocal)/ }],
  dotnet: [{ rule: "publish-package", when: /nuget (push|delete)/ }],
  nuget: [{ rule: "publish-package", when: /(^|\s)(push|delete)/ }],
  "redis-cli": [{ rule: "drop-data", when: /\b(flushall|flushdb|shutdown|config set|debug)\b/i }],
  mongosh: [{ rule: "drop-data", when: /dropDatabase|\.drop\s*\(|deleteMany\s*\(\s*\{\s*\}|\.remove\s*\(\s*\{\s*\}/ }],
  mongo: [{ rule: "drop-data", when: /dropDatabase|\.drop\s*\(|deleteMany\s*\(\s*\{\s*\}|\.remove\s*\(\s*\{\s*\}/ }],
  mysqladmin: [{ rule: "drop-data", when: /(^|\s)(drop|flush|shutdown|kill)/ }],
  rabbitmqctl: [{ rule: "drop-data", when: /reset|delete|purge/ }],
  nats: [{ rule: "drop-data", when: /(^|\s)(stream|consumer|kv|object|str|s|c) (rm|del|delete|purge|rmm)(\s|$)/ }],
  "kafka-topics": [{ rule: "drop-data", when: /--delete/ }],
  etcdctl: [{ rule: "drop-data", when: /(^|\s)(del|member remove|snapshot restore)/ }],
};

/** Programs that change what others use, beside those that run commands elsewhere. */
export const sharedPrograms: Readonly<Record<string, Program>> = {
  kubectl: runKubectl,
  oc: runKubectl,
  k3s: runKubectl,
  docker: runDocker,
  podman: runDocker,
  nerdctl: runDocker,
  "docker-compose": (args, scope) => runDocker(["compose", ...args], scope, "docker"),
};

/** Whether a call is one that is refused, for every program of the table; those that wrap a command are followed as well. */
export function checkShared(name: string, args: readonly string[], scope: Scope): undefined {
  const list = Object.hasOwn(refusals, name) ? refusals[name] : undefined;
  if (list === undefined || args.every((arg) => /^(--help|--version)$/.test(arg) && args.length === 1)) return;
  // Words with a space are texts, such as the body of a pull request.
  const text = args
    .map((arg) => (/\s/.test(arg) && !["mongosh", "mongo", "redis-cli"].includes(name) ? "…" : arg))
    .join(" ");
  if (name === "gh" && args.includes("graphql") && args.some((arg) => /=@|\bmutation\b|[\uE000]/.test(arg)))
    return block(scope, "shared-infrastructure", `gh ${args.join(" ")}`);
  for (const { rule, when } of list) if (when.test(text)) return block(scope, rule, `${name} ${args.join(" ")}`);
}

const kubectlValues =
  "n l f o c s namespace selector filename output context cluster user kubeconfig container server token as field-selector request-timeout grace-period timeout p patch type template";

function runKubectl(args: readonly string[], scope: Scope, name: string): Flow {
  const end = args.indexOf("--");
  const options = readOptions(end < 0 ? args : args.slice(0, end), kubectlValues);
  const what = `${name} ${args.join(" ")}`;
  const [verb = "", ...operands] = options.operands;
  const kinds = operands
    .slice(0, 1)
    .flatMap((operand) => operand.split(","))
    .concat(operands.map((operand) => operand))
    .map((kind) => kind.split("/")[0]?.split(".")[0]?.toLowerCase() ?? "");
  if (["exec", "run", "debug", "attach"].includes(verb))
    scope.run.follow.program(end < 0 ? operands.slice(1) : args.slice(end + 1), inside(scope));
  if (verb === "delete" && !valuesOf(options, "dry-run").some((value) => value !== "none")) {
    const isWide =
      has(options, "all all-namespaces A") ||
      operands.some(isOpen) ||
      kinds.includes("all") ||
      valuesOf(options, "f filename k kustomize").length > 0 ||
      options.operands.length === 1;
    if (isWide || kinds.some((kind) => sharedKinds.test(kind))) block(scope, "shared-infrastructure", what);
  }
  if (["drain", "cordon", "taint", "replace"].includes(verb)) block(scope, "shared-infrastructure", what);
  if (verb === "get" || verb === "describe" || verb === "edit") {
    const shows = verb !== "describe" && valuesOf(options, "o output").some((format) => !/^(name|wide)$/.test(format));
    if (kinds.some((kind) => /^secrets?$/.test(kind)) && shows) block(scope, "read-secrets", what);
  }
  if ((verb === "config" && has(options, "raw")) || (verb === "create" && operands[0] === "token"))
    block(scope, "read-secrets", what);
  return anything;
}

const sharedKinds =
  /^(ns|namespaces?|clusterrolebindings?|clusterroles?|pv|pvc|persistentvolumes?|persistentvolumeclaims?|crds?|customresourcedefinitions?|nodes?|no|storageclass(es)?|sc)$/;

const dockerValues =
  "v e p u w l h a m c f t volume env env-file publish user workdir name network label entrypoint mount platform hostname add-host cpus memory pull restart log-driver log-opt tmpfs file tag build-arg target cache-from cache-to output project-name project-directory profile filter format host context H pid ipc userns cap-add security-opt device volumes-from gpus";

function runDocker(args: readonly string[], scope: Scope, name: string): Flow {
  const options = readOptions(args, "H c host context config log-level l", "untilOperand");
  const what = `${name} ${args.join(" ")}`;
  const [verb = "", ...rest] = options.operands;
  if (valuesOf(options, "H host").length > 0) block(scope, "shared-infrastructure", what);
  const isGroup = [
    "compose",
    "container",
    "image",
    "volume",
    "system",
    "network",
    "buildx",
    "builder",
    "stack",
    "swarm",
    "service",
    "secret",
    "context",
    "node",
  ].includes(verb);
  const verbs = isGroup ? readOptions(rest, dockerValues, "untilOperand").operands : options.operands;
  const [action = "", ...given] = verbs;
  const full = isGroup ? `${verb} ${action}` : action;
  if (/(^|\s)(run|create)$/.test(full)) checkContainer(given, scope, what);
  if (/(^|\s)(run|exec)$/.test(full)) {
    const call = readOptions(given, dockerValues, "untilOperand").operands.slice(1);
    // Inside a container other folders are removed than those of this machine; what code it runs is checked all the same.
    if (call.length > 0) scope.run.follow.program(call, inside(scope, { folders: [scope.run.context.workTree] }));
  }
  const forced = readOptions(given, "filter t time s signal");
  if (/prune$/.test(full) && has(forced, "f force a all volumes")) block(scope, "shared-infrastructure", what);
  if (
    /^volume (rm|remove)$/.test(full) ||
    (full === "compose down" &&
      (forced.letters.has("v") || valuesOf(forced, "v").length > 0 || has(forced, "volumes rmi"))) ||
    (full === "compose rm" && has(forced, "v"))
  )
    block(scope, "shared-infrastructure", what);
  if (/(^|\s)(rm|rmi|kill|stop)$/.test(full) && forced.operands.some(isOpen))
    block(scope, "shared-infrastructure", what);
  if (/^(swarm|node|secret|stack|service) (leave|rm|remove|update|scale|init|deploy|create)$/.test(full))
    block(scope, "shared-infrastructure", what);
  if (/(^|\s)push$/.test(full) || /^(login|logout)$/.test(full) || (/build$/.test(full) && has(forced, "push")))
    block(scope, "publish-package", what);
  return anything;
}

/** A container with rights on the host is the host. */
function checkContainer(args: readonly string[], scope: Scope, what: string): undefined {
  const options = readOptions(args, dockerValues, "untilOperand");
  const isHost =
    has(options, "privileged") ||
    valuesOf(options, "pid ipc userns uts").includes("host") ||
    valuesOf(options, "cap-add device security-opt").length > 0;
  if (isHost) block(scope, "machine-state", what);
  for (const volume of valuesOf(options, "v volume mount")) {
    const source = /(?:^|,)(?:source|src)=([^,]*)/.exec(volume)?.[1] ?? volume.split(":")[0] ?? "";
    if (!/^[/~.]|[\uE000]/.test(source)) continue;
    const places = pathsOf(scope, source).map((path) => placeOf(path, scope.run.context));
    if (places.some((place) => !["tree", "whole", "scratch", "outside"].includes(place)))
      return block(scope, "machine-state", what);
  }
}
