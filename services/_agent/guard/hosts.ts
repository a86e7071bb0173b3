import { isOpen } from "./marks.ts";

/** Whether a host or URL is this machine: a server of the tests. Where the host itself is not known it is another one. */
export function isLoopback(hostOrUrl: string): boolean {
  const authority = hostOrUrl.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/[/?#][\s\S]*$/, "");
  if (isOpen(authority.replace(/:[^:]*$/, ""))) return false;
  const host = authority
    .replace(/^.*@/, "")
    .replace(/^\[([^\]]*)\].*$/, "$1")
    .replace(/^([^:]*):[^:]*$/, "$1")
    .toLowerCase();
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){1,3}|::1|0\.0\.0\.0|0)$/.test(host);
}
