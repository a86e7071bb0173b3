import { createHmac, randomUUID } from "node:crypto";

/** Posts deliveries as GitHub does. Headers that are given replace the right ones; `undefined` leaves one out. */
export interface Sender {
  readonly url: string;
  post(event: string, body: string | Buffer, headers?: Readonly<Record<string, string | undefined>>): Promise<Response>;
}

/** A sender to the webhook on this port, signing with this secret. */
export function senderTo(port: number, secret: string): Sender {
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    post: (event, body, headers = {}) => {
      const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
      const all = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": randomUUID(),
        "x-hub-signature-256": signature,
        ...headers,
      };
      const kept = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return fetch(`${url}/api/webhook/github`, {
        method: "POST",
        body: typeof body === "string" ? body : new Uint8Array(body),
        headers: kept,
      });
    },
  };
}
