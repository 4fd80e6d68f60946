import type { AdmissionResponse, AdmissionReview } from '#api/generated/types/admission.v1.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import { apiVersionOf } from '#machinery/object.ts';
import type { AdmissionRequest } from '../request.ts';
import { type Target, type Versioned, namespaceOf } from '../subject.ts';
import { decodeReview } from '../../webhook-answer.ts';

const group = 'admission.k8s.io';
const versions = ['v1', 'v1beta1'];

/** The first of a webhook's review versions that we speak. */
export function reviewVersion(accepted: readonly string[]): string | undefined {
  return accepted.find(version => versions.includes(version));
}

type AdmissionRequestFields = NonNullable<AdmissionReview['request']>;

/** What is sent to a webhook that matched as `target`. */
export function createReview(
  version: string,
  uid: string,
  request: AdmissionRequest,
  own: Target,
  target: Target,
  { object, old }: Versioned,
): AdmissionReview {
  const { dryRun, options, ...fields } = requestFields(request, own, target);
  return {
    kind: 'AdmissionReview',
    apiVersion: apiVersionOf({ group, version }),
    request: { uid, ...fields, object: object ?? null, oldObject: old ?? null, dryRun: dryRun!, options },
  };
}

/** What webhooks and expressions are told of a request beside its objects. */
export function requestFields(
  request: AdmissionRequest,
  own: Target,
  target: Target,
): AdmissionRequestFields {
  const { operation, subresource, name, user, dryRun } = request;
  const namespace = namespaceOf(request);
  return {
    kind: target.kind,
    resource: resourceOf(target),
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: own.kind,
    requestResource: resourceOf(own),
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      groups: [...user.groups],
      ...(user.extra ? { extra: user.extra as Record<string, string[]> } : {}),
    },
    dryRun,
    options: operation === 'CONNECT' ? null : optionsOf(request),
  };
}

function resourceOf({ served: { what, version } }: Target) {
  return { group: what.group, version: version.version, resource: what.resource };
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

function optionsOf(request: AdmissionRequest): object {
  const kind = optionKinds[request.operation as keyof typeof optionKinds];
  return { kind, apiVersion: 'meta.k8s.io/v1', ...request.options() };
}

/** A webhook's answer, checked as its version demands. Throws an Error that says what is wrong with it. */
export function readReview(
  schemas: SchemaRegistry,
  body: string,
  version: string,
  uid: string,
  mutating: boolean,
): AdmissionResponse {
  const review = decodeReview<AdmissionReview>(schemas, body, { group, version, kind: 'AdmissionReview' });
  const { response } = review;
  if (!response) throw new InvalidReview('webhook response was absent');
  if (version !== 'v1') return { ...response, ...(response.patch ? { patchType: 'JSONPatch' } : {}) };
  if (response.uid !== uid) {
    const got = JSON.stringify(response.uid ?? '');
    throw new InvalidReview(`expected response.uid=${JSON.stringify(uid)}, got ${got}`);
  }
  if (review.apiVersion !== `${group}/v1` || review.kind !== 'AdmissionReview') {
    const [foundGroup, foundVersion] = (review.apiVersion ?? '').includes('/')
      ? review.apiVersion!.split('/')
      : ['', review.apiVersion ?? ''];
    throw new InvalidReview(
      `expected webhook response of ${group}/v1, Kind=AdmissionReview, got ${foundGroup}/${foundVersion}, Kind=${review.kind ?? ''}`,
    );
  }
  checkPatch(response, mutating);
  return response;
}

/** An answer that can be read and is not what it must be. */
export class InvalidReview extends Error {
  override readonly name = 'InvalidReview';
}

function checkPatch({ patch, patchType }: AdmissionResponse, mutating: boolean): void {
  if (!mutating) {
    if (patch) throw new InvalidReview('validating webhook may not return response.patch');
    if (patchType !== undefined)
      throw new InvalidReview('validating webhook may not return response.patchType');
    return;
  }
  if (patch && patchType === undefined) {
    throw new InvalidReview('webhook returned response.patch but not response.patchType');
  }
  if (!patch && patchType !== undefined) {
    throw new InvalidReview('webhook returned response.patchType but not response.patch');
  }
  if (patchType === '') throw new InvalidReview('webhook returned invalid response.patchType of ""');
}
