import type { BoundObjectReference, TokenRequest } from '#api/generated/types/authentication.v1.ts';
import type { Pod, ServiceAccount } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { fieldError } from '#machinery/field.ts';
import { type KubeObject, parseApiVersion } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { decodeAs } from '../decode.ts';
import { keyOf } from '../resources/write-context.ts';
import { matchNamespace } from '../resources/request-namespace.ts';
import type { ApiResponse } from '../response.ts';
import { trackNew, virtualAdmission } from './admit.ts';
import { type ResourceRequest, type Services, warn } from './context.ts';
import { scopeOf } from './read.ts';

const tokenRequestType = 'io.k8s.api.authentication.v1.TokenRequest';
const expirationSecondsMin = 600;
const expirationSecondsMax = 2 ** 32;
/** What Go shows of a status that is not there yet. */
const notIssued = { token: '', expirationTimestamp: null as unknown as string };
const expirationSecondsDefault = 3600;

/** POST serviceaccounts/NAME/token: a signed, bound, short-lived token (KEP-1205). */
export async function tokenHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  const namespace = scopeOf(call);
  const request = decodeAs(services, call, tokenRequestType) as TokenRequest;
  request.spec = {
    ...request.spec,
    expirationSeconds: request.spec?.expirationSeconds ?? expirationSecondsDefault,
  };
  call.request.trail?.sent(request as KubeObject);
  request.metadata = { namespace, ...request.metadata };
  await trackNew(services, call, request as KubeObject, tokenRequestType);
  const admission = virtualAdmission(services, call, 'CREATE', request as KubeObject);
  await admission.mutate();
  const account = served.cache.get(keyOf({ namespace }, info.name))?.object as ServiceAccount | undefined;
  if (!account) throw statusError.notFound(served.what, info.name);
  checkAccount(services, call, request, account);
  const { spec } = request;
  if (!spec.audiences?.length) spec.audiences = [...services.apiAudiences()];
  const now = services.clock.now();
  request.metadata = {
    ...request.metadata,
    name: info.name,
    namespace,
    uid: request.metadata?.uid || account.metadata.uid!,
    creationTimestamp: toRfc3339(now),
  };
  request.status = notIssued;
  const expirationSeconds = spec.expirationSeconds!;
  checkExpiration(expirationSeconds);
  await admission.validate();
  const bound = spec.boundObjectRef && findBound(services, call, spec.boundObjectRef);
  const { tokenSecondsMax: max } = services;
  if (max > 0 && expirationSeconds > max) {
    warn(call, `requested expiration of ${expirationSeconds} seconds shortened to ${max} seconds`);
    spec.expirationSeconds = max;
  }
  const { token, id, expiresAtMs } = await services.issueToken({
    namespace,
    serviceAccount: { name: account.metadata.name!, uid: account.metadata.uid! },
    audiences: spec.audiences,
    expirationSeconds: spec.expirationSeconds!,
    ...(bound ? { bound } : {}),
  });
  call.request.trail?.annotate('authentication.kubernetes.io/issued-credential-id', `JTI=${id}`);
  const status = { token, expirationTimestamp: toRfc3339(expiresAtMs) };
  return { type: 'value', status: 201, value: { ...request, status } };
}

const requestKind = { group: 'authentication.k8s.io', kind: 'TokenRequest' };

/** A request that says whose token it wants means the account that it is sent to. */
function checkAccount(
  services: Services,
  call: ResourceRequest,
  request: TokenRequest,
  account: ServiceAccount,
): void {
  matchNamespace(call.served, call.info.namespace, request as KubeObject);
  const { name, uid } = request.metadata ?? {};
  if (name && name !== account.metadata.name) {
    const error = fieldError.invalid(
      'metadata.name',
      name,
      'must match the service account name if specified',
    );
    throw statusError.invalid(requestKind, account.metadata.name!, [error]);
  }
  if (!uid || uid === account.metadata.uid) return;
  const what = { group: requestKind.group, resource: requestKind.kind };
  const why = `the UID in the token request (${uid}) does not match the UID of the service account (${account.metadata.uid})`;
  if (!services.features.isOn('TokenRequestServiceAccountUIDValidation')) {
    call.request.trail?.annotate('authentication.k8s.io/token-request-uid-mismatch', why);
    const later = 'In the future, this will return a conflict error';
    warn(call, `${why} but TokenRequestServiceAccountUIDValidation is not enabled. ${later}`);
    return;
  }
  throw statusError.conflict(what, account.metadata.name!, why);
}

function checkExpiration(seconds: number): void {
  const invalid = (message: string) =>
    statusError.invalid(requestKind, '', [
      {
        type: 'FieldValueInvalid',
        field: 'spec.expirationSeconds',
        message: `Invalid value: ${seconds}: ${message}`,
      },
    ]);
  if (seconds < expirationSecondsMin) throw invalid('may not specify a duration less than 10 minutes');
  if (seconds > expirationSecondsMax) throw invalid('may not specify a duration larger than 2^32 seconds');
}

interface BoundObject {
  readonly kind: 'Pod' | 'Node' | 'Secret';
  readonly name: string;
  readonly uid: string;
}

const boundResources: Readonly<Record<BoundObject['kind'], string>> = {
  Pod: 'pods',
  Node: 'nodes',
  Secret: 'secrets',
};

function findBound(
  services: Services,
  call: ResourceRequest,
  { kind = '', apiVersion = '', name = '', uid }: BoundObjectReference,
): BoundObject {
  const { group, version } = parseApiVersion(apiVersion);
  if (group !== '' || !Object.hasOwn(boundResources, kind)) {
    const shown = apiVersion.split('/').length > 2 ? '/' : `${group}/${version}`;
    throw statusError.badRequest(`cannot bind token to object of type ${shown}, Kind=${kind}`);
  }
  if (name === '') throw statusError.badRequest('Name parameter required.');
  const known = kind as BoundObject['kind'];
  const served = services.catalog.find('', 'v1', boundResources[known])!;
  const namespace = served.definition.namespaced ? scopeOf(call) : '';
  const found: KubeObject | undefined = served.cache.get(keyOf({ namespace }, name))?.object;
  if (!found) throw statusError.notFound(served.what, name);
  if (known === 'Pod') mustRunAs(found as Pod, call.info.name);
  const actual = found.metadata.uid!;
  if (uid && uid !== actual) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw statusError.conflict({ group: '', resource: kind }, name, why);
  }
  return { kind: known, name, uid: actual };
}

function mustRunAs({ spec }: Pod, account: string): void {
  const { serviceAccountName = '' } = spec ?? {};
  if (serviceAccountName === account) return;
  const asked = JSON.stringify(account);
  throw statusError.badRequest(
    `cannot bind token for serviceaccount ${asked} to pod running with different serviceaccount name.`,
  );
}
