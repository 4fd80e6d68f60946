/** grpc.health.v1: the one request and the one answer, small enough to read and write by hand. */

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/** A HealthCheckRequest: field 1 is the service's name. */
export function encodeHealthRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  if (name.length === 0) return new Uint8Array();
  const length = [];
  for (let rest = name.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Uint8Array.from([0x0a, ...length, ...name]);
}

/** The name of the status in a HealthCheckResponse: field 1 is the status. */
export function decodeHealthResponse(bytes: Uint8Array): string {
  if (bytes.length === 0) return statuses[0]!;
  if (bytes[0] !== 0x08 || bytes[1] === undefined) throw new Error('not a health check response');
  return statuses[bytes[1]] ?? String(bytes[1]);
}
