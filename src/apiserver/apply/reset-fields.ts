import { fieldElement } from '#machinery/fields/element.ts';
import { type FieldSet, matching, recursiveDifference, setOf } from '#machinery/fields/field-set.ts';
import type { FieldFilter } from '#machinery/managed/change.ts';
import type { ServedResource } from '../resources/served.ts';

const fields = (...paths: string[]): FieldSet =>
  setOf(...paths.map(path => path.split('.').map(name => (name === '*' ? name : fieldElement(name)))));

const excluding = (except: FieldSet): FieldFilter =>
  Object.assign((given: FieldSet) => recursiveDifference(given, except), { except });

const including =
  (pattern: FieldSet): FieldFilter =>
  given =>
    matching(given, pattern);

const everything: FieldFilter = set => set;
const status = excluding(fields('status'));
const spec = excluding(fields('spec'));
const specAndMetadata = excluding(fields('spec', 'metadata'));

/** What upstream's strategies reset (GetResetFields), where it is not the other one of spec and status. */
const own: Readonly<Record<string, FieldFilter>> = {
  'core/pods/status': excluding(fields('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences')),
  'core/pods/ephemeralcontainers': including(fields('spec.ephemeralContainers')),
  'core/pods/resize': including(
    fields(
      ...['spec.containers.*', 'spec.initContainers.*'].flatMap(item => [
        `${item}.resources`,
        `${item}.resizePolicy`,
      ]),
      'spec.resources',
    ),
  ),
  'apps/deployments/status': excluding(fields('spec', 'metadata.labels')),
  'certificates.k8s.io/certificatesigningrequests/': excluding(fields('spec', 'status')),
  'certificates.k8s.io/certificatesigningrequests/status': excluding(fields('spec', 'status.conditions')),
  'certificates.k8s.io/certificatesigningrequests/approval': excluding(fields('spec', 'status.certificate')),
  'admissionregistration.k8s.io/validatingadmissionpolicies/status': specAndMetadata,
  'apiregistration.k8s.io/apiservices/status': specAndMetadata,
  'flowcontrol.apiserver.k8s.io/flowschemas/status': specAndMetadata,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations/status': specAndMetadata,
  'resource.k8s.io/resourceclaims/status': specAndMetadata,
};

/** The filter of a resource's subresource ('' is the resource itself). */
export function fieldFilterOf(served: ServedResource, subresource: string): FieldFilter {
  const known = own[`${served.bucket}/${subresource}`];
  if (known) return known;
  const { statusSubresource } = served.stored;
  if (!statusSubresource) return everything;
  if (subresource !== 'status') return status;
  return isCustom(served) ? specAndMetadata : spec;
}

function isCustom({ version }: ServedResource): boolean {
  return !version.schema.startsWith('io.k8s.');
}
