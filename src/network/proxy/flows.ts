import { type TableFamily, targetOf } from './families.ts';
import type { FlowFilter } from './netfilter.ts';
import type { ServiceRules, UdpTarget } from './service-rules.ts';

function keyOf(target: UdpTarget): string {
  return `${target.ip}:${target.port}`;
}

/**
 * UDP flows to forget after a change: those to endpoints that have gone, and, where the first endpoint came, those that
 * were tracked while there was none and would go nowhere for as long as the client keeps sending.
 */
export function flowsToForget(
  { name: family }: TableFamily,
  before: ServiceRules | undefined,
  after: ServiceRules | undefined,
): FlowFilter[] {
  const old = new Map((before?.udp ?? []).map(target => [keyOf(target), target]));
  const now = new Map((after?.udp ?? []).map(target => [keyOf(target), target]));
  const flows: FlowFilter[] = [];
  for (const [key, target] of new Map([...old, ...now])) {
    const filter = {
      family,
      protocol: 'udp',
      destinationIp: target.ip,
      destinationPort: target.port,
    } as const;
    const had = old.get(key)?.endpoints ?? [];
    const has = now.get(key)?.endpoints ?? [];
    if (had.length === 0 && has.length > 0) flows.push(filter);
    const kept = new Set(has.map(targetOf));
    const gone = had.filter(endpoint => !kept.has(targetOf(endpoint))).map(({ ip }) => ip);
    for (const endpointIp of new Set(gone)) flows.push({ ...filter, endpointIp });
  }
  return flows;
}
