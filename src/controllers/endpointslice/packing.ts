/** Which endpoints go into which EndpointSlice, so that as few slices change as may be: pure functions. */
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { deepEqual } from '#base/equal.ts';

// The flag --max-endpoints-per-slice of upstream.
export const endpointsPerSliceMax = 100;

/** A slice as it is to be. */
export interface Draft {
  /** None: it is to be made. */
  readonly before: EndpointSlice | undefined;
  readonly ports: EndpointPort[];
  endpoints: Endpoint[];
  /** It has to be written. */
  changed: boolean;
}

/**
 * Endpoints stay in the slice that they are in. New ones fill first the slices that change anyway, the fullest before
 * the others; then one slice that has room for all that are left, and else new slices. Slices that are left without an
 * endpoint have no draft.
 */
export function pack(
  ports: EndpointPort[],
  desired: readonly Endpoint[],
  existing: readonly EndpointSlice[],
  isLabelled: (slice: EndpointSlice) => boolean,
): Draft[] {
  const missing = new Map(desired.map(endpoint => [identityOf(endpoint), endpoint]));
  const drafts = existing
    .map(slice => keep(slice, missing, isLabelled(slice)))
    .filter(({ before, endpoints }) => endpoints.length > 0 || !before!.endpoints?.length);
  const left = [...missing.values()];
  const changing = drafts.filter(({ changed }) => changed);
  for (const draft of changing.sort((a, b) => b.endpoints.length - a.endpoints.length)) fill(draft, left);
  while (left.length > 0) {
    const roomy = left.length < endpointsPerSliceMax ? closestFit(drafts, left.length) : undefined;
    const draft = roomy ?? { before: undefined, ports, endpoints: [], changed: true };
    if (!roomy) drafts.push(draft);
    fill(draft, left);
  }
  return drafts;
}

/** Whatever else changes about an endpoint with this identity is changed in its place. */
function identityOf({ addresses, hostname = '', targetRef }: Endpoint): string {
  return `${addresses.join(',')} ${hostname} ${targetRef?.namespace}/${targetRef?.name}`;
}

/** The slice's endpoints that are still wanted, with the hints that they have; taken out of `missing`. */
function keep(before: EndpointSlice, missing: Map<string, Endpoint>, isLabelled: boolean): Draft {
  const endpoints: Endpoint[] = [];
  let changed = !isLabelled;
  for (const endpoint of before.endpoints ?? []) {
    const identity = identityOf(endpoint);
    const wanted = missing.get(identity);
    missing.delete(identity);
    const { hints, ...known } = endpoint;
    if (wanted) endpoints.push(hints ? { ...wanted, hints } : wanted);
    changed ||= !deepEqual(known, wanted);
  }
  return { before, ports: before.ports ?? [], endpoints, changed };
}

function fill(draft: Draft, left: Endpoint[]): void {
  const more = left.splice(0, endpointsPerSliceMax - draft.endpoints.length);
  draft.endpoints.push(...more);
  draft.changed ||= more.length > 0;
}

/** The slice that is the fullest with `count` more, if that is not too many. */
function closestFit(drafts: readonly Draft[], count: number): Draft | undefined {
  const fitting = drafts.filter(
    ({ before, changed, endpoints }) =>
      before && !changed && endpoints.length + count <= endpointsPerSliceMax,
  );
  return fitting.sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
}
