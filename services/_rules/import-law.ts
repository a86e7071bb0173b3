import { roomFault } from "./deploy-rooms.ts";
import { type Import, importsOf, impureUses, type Source, type Target, targetOf } from "./imports.ts";
import { type Dependencies, effectNames, packageHomes } from "./package-homes.ts";

// Who may import what. A violation is one line: file and line, what is wrong, what to do.

/** All violations of the import law in these files. */
export function importViolations(sources: readonly Source[], declared: Dependencies): readonly string[] {
  const read = sources.map(({ path, text }) => ({ path, text, imports: importsOf({ path, text }) }));
  return [
    ...read.flatMap(({ path, imports }) =>
      imports.flatMap((imported) => {
        const fault = faultOf(path, imported, declared);
        return fault === undefined ? [] : [`${path}:${imported.line}: ${fault}`];
      }),
    ),
    ...sources.filter(({ path }) => isDecide(path) || isContract(path)).flatMap(impureFaults),
    ...homeFaults(read, declared),
  ];
}

function faultOf(path: string, imported: Import, declared: Dependencies): string | undefined {
  const target = targetOf(path, imported.specifier);
  if (isDecide(path) && !(target.kind === "file" && isPure(path, target.path))) {
    return `decide.ts imports ${shown(target)}. It is pure and imports only #contracts/*: take what it needs as an argument or from the event, or do it in work.ts.`;
  }
  switch (target.kind) {
    case "computed":
      if (path === "services/run.ts") return undefined;
      return "import() of a computed name. Only services/run.ts loads by name: write the name out, so that the law can read it.";
    case "node":
      if (layerOf(path) !== "contracts" || isTest(path)) return undefined;
      return `contracts/ imports ${target.name}. It holds what both ends of the bus agree on and imports only "effect" and itself: move this to services/_kit.`;
    case "file":
      return fileFault(path, target.path);
    case "package":
      return packageFault(path, target, imported, declared);
  }
}

function impureFaults(source: Source): readonly string[] {
  const who = isDecide(source.path) ? "decide.ts" : "contracts/";
  return impureUses(source).map(
    ({ code, line }) =>
      `${source.path}:${line}: ${who} uses ${code}. It is pure: take the value from the event, or do this in work.ts.`,
  );
}

/** What decide.ts may import, so it has to be as pure. */
function isContract(path: string): boolean {
  return layerOf(path) === "contracts" && !isTest(path);
}

/** Which layers a layer may import; a service also its own folder. Tests may start the real things around them. */
const mayImport: Readonly<Record<Layer, readonly Layer[]>> = {
  contracts: ["contracts"],
  "bus-config": ["contracts", "bus-config"],
  kit: ["contracts", "kit"],
  agent: ["contracts", "kit", "agent"],
  service: ["contracts", "kit"],
  services: ["contracts", "kit", "services"],
  rules: ["rules"],
  deploy: ["contracts", "bus-config", "kit", "agent", "services", "deploy", "root"],
  root: ["deploy", "root"],
};
const testsMayImport: readonly Layer[] = [
  ...(["contracts", "bus-config", "kit", "agent", "services", "rules", "deploy", "root"] as const),
];
/** Services that claim work: they run an agent, and only they import what agents share. */
const claimants: readonly string[] = ["services/dev-e", "services/review-e"];

function fileFault(from: string, to: string): string | undefined {
  const [layer, targetLayer] = [layerOf(from), layerOf(to)];
  if (targetLayer === "service") {
    if (layer === "service" && folderOf(from) === folderOf(to)) return undefined;
    const who = layer === "service" ? "a service never imports another" : "only the service itself imports its folder";
    return `imports ${to}, but ${who}. Publish or consume an event instead (a row of contracts/choreography.ts); what several services share belongs in services/_kit.`;
  }
  const own: readonly Layer[] = claimants.includes(folderOf(from)) ? ["agent"] : [];
  const allowed = isTest(from) ? testsMayImport : [...mayImport[layer], ...own];
  if (allowed.includes(targetLayer)) {
    return layer === "deploy" && targetLayer === "deploy" && !isTest(from) ? roomFault(from, to) : undefined;
  }
  const folder = layer === "service" ? ["its own folder"] : [];
  return `imports ${to}, but ${layerNames[layer]} imports only ${[...allowed.map((name) => layerNames[name]), ...folder].join(", ")}. Move what is needed to one of them.`;
}

function packageFault(
  path: string,
  { name, specifier }: { readonly name: string; readonly specifier: string },
  { names, typeOnly }: Import,
  { dependencies, devDependencies }: Dependencies,
): string | undefined {
  if (![...dependencies, ...devDependencies].includes(name)) {
    return `imports ${name}, which package.json does not name. Add it with its exact version and a home in services/_rules/package-homes.ts, or use what is there.`;
  }
  if (isTest(path)) return undefined;
  if (name === "effect") return effectFault(path, specifier, names);
  if (layerOf(path) === "contracts") {
    return `contracts/ imports ${name}. It imports only "effect" and itself: move this to services/_kit.`;
  }
  if (typeOnly || layerOf(path) === "root") return undefined;
  const homes = packageHomes[name];
  if (homes?.includes(path) === true) return undefined;
  if (homes === undefined)
    return `imports ${name}, which has no home. Name its one home in services/_rules/package-homes.ts.`;
  return `imports ${name} outside its home. Use what ${homes.join(" or ")} offers, or add what is missing there; a type needs only "import type".`;
}

function effectFault(path: string, specifier: string, names: readonly string[]): string | undefined {
  if (specifier !== "effect" && layerOf(path) !== "kit") {
    return `imports ${specifier}. Import from "effect"; any other effect path has its home in services/_kit.`;
  }
  const allowed = effectNames[layerOf(path)];
  const other = names.filter((name) => allowed?.includes(name) === false);
  if (other.length === 0) return undefined;
  return `imports ${other.join(", ")} from effect, but ${layerOf(path)}/ may use only ${allowed?.join(" and ")}. Move what runs to services/_kit.`;
}

/** The table and package.json agree: each dependency has a home, each home imports its package. */
function homeFaults(
  files: readonly { readonly path: string; readonly imports: readonly Import[] }[],
  { dependencies }: Dependencies,
): readonly string[] {
  const users = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    for (const { specifier } of imports) {
      const target = targetOf(path, specifier);
      if (target.kind === "package") users.set(target.name, (users.get(target.name) ?? new Set()).add(path));
    }
  }
  const idle = dependencies.filter((name) => !users.has(name));
  const homeless = dependencies.filter((name) => name !== "effect" && users.has(name) && !(name in packageHomes));
  const stale = Object.entries(packageHomes).flatMap(([name, homes]) =>
    homes.filter((home) => users.get(name)?.has(home) !== true).map((home) => ({ name, home })),
  );
  return [
    ...idle.map((name) => `package.json: nobody imports ${name}. Remove it with npm uninstall ${name}.`),
    ...homeless.map((name) => `package.json: ${name} has no home. Name it in services/_rules/package-homes.ts.`),
    ...stale.map(
      ({ name, home }) =>
        `services/_rules/package-homes.ts: ${home} is a home of ${name} but does not import it. Take it out.`,
    ),
  ];
}

type Layer = "contracts" | "bus-config" | "kit" | "agent" | "service" | "services" | "rules" | "deploy" | "root";

const layerNames: Readonly<Record<Layer, string>> = {
  contracts: "#contracts/*",
  "bus-config": "#bus-config/*",
  kit: "#kit/*",
  agent: "#agent/*",
  service: "a service",
  services: "services/run.ts",
  rules: "services/_rules",
  deploy: "deploy/",
  root: "the files of the root",
};

function layerOf(path: string): Layer {
  const [first = "", second = ""] = path.split("/");
  if (first === "contracts" || first === "bus-config" || first === "deploy") return first;
  if (first !== "services") return "root";
  if (second === "_kit") return "kit";
  if (second === "_agent") return "agent";
  if (second === "_rules") return "rules";
  return path.split("/").length > 2 ? "service" : "services";
}

function folderOf(path: string): string {
  return path.split("/").slice(0, 2).join("/");
}

/** A test, or what only tests use: `x.test.ts`, `x.int.test.ts`, `x.test-d.ts`, `test-x.ts`. */
export function isTest(path: string): boolean {
  return /\.test(-d)?\.ts$|(^|\/)test-[^/]+\.ts$/.test(path);
}

/** decide.ts, or a part of it, decide-<what>.ts. */
function isDecide(path: string): boolean {
  return /\/decide(-[a-z]+)*\.ts$/.test(path);
}

/** What decide.ts may import: contracts, and the other parts of it. */
function isPure(from: string, to: string): boolean {
  return layerOf(to) === "contracts" || (isDecide(to) && folderOf(from) === folderOf(to));
}

function shown(target: Target): string {
  if (target.kind === "computed") return "a computed name";
  if (target.kind === "package") return target.specifier;
  return target.kind === "file" ? target.path : target.name;
}
