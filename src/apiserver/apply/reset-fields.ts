import { fieldElement } from '#machinery/fields/element.ts';
import { type FieldSet, recursiveDifference, setOf } from '#machinery/fields/field-set.ts';
import type { FieldFilter } from '#machinery/managed/change.ts';
import type { ServedResource } from '../resources/served.ts';

const fields = (...paths: string[]): FieldSet =>
  setOf(...paths.map(path => path.split('.').map(fieldElement)));

const excluding = (except: FieldSet): FieldFilter =>
  Object.assign((given: FieldSet) => recursiveDifference(given, except), { except });

const everything: FieldFilter = set => set;
const status = excluding(fields('status'));
const spec = excluding(fields('spec'));
const specAndMetadata = excluding(fields('spec', 'metadata'));
const specAndLabels = excluding(fields('spec', 'metadata.labels'));

/** What upstream's strategies reset (GetResetFields), where it is not the other one of spec and status. */
const own: Readonly<Record<string, FieldFilter>> = {
  'core/pods/status': excluding(fields('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences')),
  // Upstream has filters for these two, and asks for them where they are not.
  'core/pods/ephemeralcontainers': everything,
  'core/pods/resize': everything,
  'certificates.k8s.io/certificatesigningrequests/': excluding(fields('spec', 'status')),
  'certificates.k8s.io/certificatesigningrequests/status': excluding(fields('spec', 'status.conditions')),
  'certificates.k8s.io/certificatesigningrequests/approval': excluding(fields('spec', 'status.certificate')),
};

/** The filter of a resource's subresource ('' is the resource itself). */
export function fieldFilterOf(served: ServedResource, subresource: string): FieldFilter {
  const known = own[`${served.bucket}/${subresource}`];
  if (known) return known;
  const { statusSubresource, strategy } = served.stored;
  if (!statusSubresource) return everything;
  if (subresource !== 'status') return status;
  if (strategy.statusKeeps === 'metadata') return specAndMetadata;
  return strategy.statusKeeps?.includes('labels') ? specAndLabels : spec;
}

/** Upstream knows what a custom resource's own writes reset in the version that is written alone. */
export function filterOfOtherVersions(served: ServedResource, subresource: string): FieldFilter {
  const isOwn = served.definition.conversion !== undefined && subresource !== 'status';
  return isOwn ? everything : fieldFilterOf(served, subresource);
}
