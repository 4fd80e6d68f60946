import { deviceIdOf, freedDevices } from '#api/device-status-validation.ts';
import type { AllocationResult, ResourceClaim } from '#api/generated/types/resource.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { statusError } from '#machinery/status.ts';
import type { AdmissionPlugin } from '../../admission/plugin.ts';
import type { AdmissionRequest } from '../../admission/request.ts';
import type { Attributes, Authorizer, UserInfo } from '../../identity.ts';
import { nodeNameKey } from '../authn/user.ts';
import { refusal } from '../refusal.ts';

const status = FieldPath.of('status');

/**
 * Beyond writing a claim's status at all: who allocates it must be allowed to bind claims, and who reports of its devices
 * to speak for their drivers, from the claim's own node or from any (DRAResourceClaimGranularStatusAuthorization).
 */
export function claimStatusAuthorization(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'ResourceClaimStatusAuthorization',
    concerns: ({ served, operation, subresource }) =>
      served.bucket === 'resource.k8s.io/resourceclaims' &&
      operation === 'UPDATE' &&
      subresource === 'status',
    async validate(request) {
      const errors = [
        ...(await bindingErrors(authorizer, request)),
        ...(await deviceErrors(authorizer, request)),
      ];
      const { group, kind } = request.served.stored;
      if (errors.length > 0) throw statusError.invalid({ group, kind }, request.name, errors);
    },
  };
}

async function bindingErrors(authorizer: Authorizer, request: AdmissionRequest): Promise<FieldError[]> {
  const [now, old] = [request.object, request.old].map(claim => (claim as ResourceClaim).status);
  const isBound = deepEqual(now?.allocation, old?.allocation);
  if (isBound && deepEqual(now?.reservedFor ?? [], old?.reservedFor ?? [])) return [];
  const { verb } = request;
  const asked = { ...attributesOf(request), subresource: 'binding', namespace: '', name: '' };
  const why = await refused(authorizer, asked);
  if (why === undefined) return [];
  const what = `resource="resourceclaims/binding", verb="${verb}" permission`;
  return [
    fieldError.forbidden(status, `changing status.allocation or status.reservedFor requires ${what}: ${why}`),
  ];
}

async function deviceErrors(authorizer: Authorizer, request: AdmissionRequest): Promise<FieldError[]> {
  const claim = request.object as ResourceClaim;
  const isLocal = isOnNode(request.user, nodeOf(claim.status?.allocation));
  const verbs = [...(isLocal ? ['associated-node'] : []), 'arbitrary-node'].map(
    from => `${from}:${request.verb}`,
  );
  const errors: FieldError[] = [];
  for (const name of changedDrivers(claim, request.old as ResourceClaim)) {
    const asked = { ...attributesOf(request), subresource: 'driver', name };
    const why = await refusedAll(authorizer, asked, verbs);
    if (why === undefined) continue;
    const what = `resource="resourceclaims/driver", verb="[${verbs.join(' ')}]" permission`;
    errors.push(
      fieldError.forbidden(status.child('devices'), `changing status.devices requires ${what}: ${why}`),
    );
  }
  return errors;
}

function attributesOf({ user, verb, namespace, served }: AdmissionRequest): Attributes {
  return {
    user,
    verb,
    isResource: true,
    group: served.what.group,
    version: served.version.version,
    resource: served.what.resource,
    subresource: '',
    namespace,
    name: '',
    path: '',
  };
}

/** Why not; undefined where it is allowed. */
async function refused(authorizer: Authorizer, asked: Attributes): Promise<string | undefined> {
  const { decision, reason } = await authorizer.authorize(asked);
  return decision === 'allow' ? undefined : refusal(asked, reason).message;
}

/** Why not with the first of the verbs; undefined where one of them is allowed. */
async function refusedAll(
  authorizer: Authorizer,
  asked: Attributes,
  verbs: readonly string[],
): Promise<string | undefined> {
  let first: string | undefined;
  for (const verb of verbs) {
    const why = await refused(authorizer, { ...asked, verb });
    if (why === undefined) return undefined;
    first ??= why;
  }
  return first;
}

/** Whose devices are reported of anew, otherwise or no more; that freed devices are dropped is nobody's report. */
function changedDrivers(claim: ResourceClaim, old: ResourceClaim): string[] {
  const freed = freedDevices(claim, old);
  const before = new Map((old.status?.devices ?? []).map(device => [deviceIdOf(device), device]));
  for (const id of freed) before.delete(id);
  const drivers = new Set<string>();
  for (const device of claim.status?.devices ?? []) {
    const id = deviceIdOf(device);
    if (!deepEqual(before.get(id), device)) drivers.add(device.driver);
    before.delete(id);
  }
  for (const { driver } of before.values()) drivers.add(driver);
  return [...drivers].sort();
}

/** The one node that an allocation is for. */
function nodeOf(allocation: AllocationResult | undefined): string | undefined {
  const [term, ...more] = allocation?.nodeSelector?.nodeSelectorTerms ?? [];
  if (!term || more.length > 0 || term.matchExpressions?.length || term.matchFields?.length !== 1)
    return undefined;
  const [{ key, operator, values = [] }] = term.matchFields as [NonNullable<typeof term.matchFields>[number]];
  return key === 'metadata.name' && operator === 'In' && values.length === 1 ? values[0] : undefined;
}

/** Whether the user is a service account whose token is bound to a pod of the node. */
function isOnNode({ name, extra }: UserInfo, node: string | undefined): boolean {
  const nodes = extra?.[nodeNameKey] ?? [];
  return name.startsWith('system:serviceaccount:') && nodes.length === 1 && nodes[0] === node;
}
