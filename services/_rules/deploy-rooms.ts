/** Every room of deploy/ and the other rooms that it may import. A file belongs to the room with the longest name that fits. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "deploy/programs": [],
  "deploy/operator": ["deploy/programs"],
  "deploy/local/engines": ["deploy/programs"],
  "deploy/local/forge": [],
  "deploy/local/model": [],
  // The launcher is handed what runs on it, so it knows neither the demo nor the bench.
  "deploy/local": [
    ...["deploy/programs", "deploy/operator"],
    ...["deploy/local/engines", "deploy/local/forge", "deploy/local/model"],
  ],
  "deploy/local/demo": ["deploy/operator", "deploy/local/model", "deploy/local"],
  "deploy/local/bench": [
    ...["deploy/programs", "deploy/operator"],
    ...["deploy/local/engines", "deploy/local", "deploy/local/demo"],
  ],
};

/** Single files that import what their room may not, each with its reason. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // Hands the demo's repository and playbook to the launcher.
  "deploy/local/start.ts": ["deploy/local/demo"],
};

/** What is wrong when one file of deploy/ imports another one, or undefined. */
export function roomFault(from: string, to: string): string | undefined {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === undefined || target === undefined) {
    return `imports ${to}, but the table in services/_rules/deploy-rooms.ts names no room for one of the two. Name it there.`;
  }
  const allowed = [...(rooms[room] ?? []), ...(exceptions[from] ?? [])];
  if (room === target || allowed.includes(target)) return undefined;
  const others = allowed.length === 0 ? "no other room" : `only ${allowed.join(", ")}`;
  return `imports ${to}, but ${room} imports ${others} (services/_rules/deploy-rooms.ts). Move what is needed down, or hand it in.`;
}

function roomOf(path: string): string | undefined {
  const fitting = Object.keys(rooms).filter((room) => path.startsWith(`${room}/`));
  return fitting.sort((a, b) => b.length - a.length)[0];
}
