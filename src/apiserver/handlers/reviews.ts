import type { SelfSubjectReview, TokenReview } from '#api/generated/types/authentication.v1.ts';
import type {
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '#api/generated/types/authorization.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { type FieldError, fieldError } from '#machinery/field.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { decodeAs } from '../decode.ts';
import { mediaTypes, negotiate } from '../http/negotiate.ts';
import type { Attributes, UserInfo } from '../identity.ts';
import type { ApiResponse } from '../response.ts';
import { matchNamespace } from '../resources/request-namespace.ts';
import { trackWrite } from '../apply/track.ts';
import { admit } from './admit.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import {
  type Asked,
  checkAsked,
  checkLocal,
  checkMeta,
  evaluationError,
  fieldSelectorText,
  labelSelectorText,
} from './review-validation.ts';

type Review = (services: Services, call: ResourceRequest, body: unknown) => unknown | Promise<unknown>;

/** Resources that are answered at once and never stored, by bucket. */
export const reviews: Readonly<Record<string, Review>> = {
  'authorization.k8s.io/subjectaccessreviews': (services, _call, body) =>
    reviewAccess(services, body as SubjectAccessReview, checkMeta((body as SubjectAccessReview).metadata)),
  'authorization.k8s.io/localsubjectaccessreviews': (services, _call, body) => {
    const review = body as SubjectAccessReview;
    return reviewAccess(services, review, checkLocal(review));
  },
  'authorization.k8s.io/selfsubjectaccessreviews': async (services, call, body) => {
    const { spec, metadata } = body as SelfSubjectAccessReview;
    checkAsked(spec, { validateRest: checkMeta(metadata) });
    const status = await decide(services, call.request.user, spec);
    return { ...(body as SelfSubjectAccessReview), status };
  },
  'authorization.k8s.io/selfsubjectrulesreviews': (services, call, body) => {
    const review = body as SelfSubjectRulesReview;
    if (!review.spec.namespace) throw statusError.badRequest('no namespace on request');
    const { apiVersion, kind } = review as KubeObject;
    // The answer does not say again what was asked.
    const answer = { apiVersion, kind, metadata: {}, spec: {} };
    return { ...answer, status: services.rulesFor(call.request.user, review.spec.namespace) };
  },
  'authentication.k8s.io/selfsubjectreviews': (services, call, body) => {
    const review = body as SelfSubjectReview;
    const { name, uid, groups, extra } = call.request.user;
    const userInfo = {
      username: name,
      ...(uid ? { uid } : {}),
      groups: [...groups],
      ...(extra ? { extra } : {}),
    };
    // What was asked is not said again.
    const { apiVersion, kind } = review as KubeObject;
    const metadata = { creationTimestamp: toRfc3339(services.clock.now()) };
    return { apiVersion, kind, metadata, status: { userInfo } };
  },
  'authentication.k8s.io/tokenreviews': async (services, _call, body) => {
    const review = body as TokenReview;
    if (!review.spec.token)
      throw statusError.badRequest('token is required for TokenReview in authentication');
    return { ...review, status: await services.reviewToken(review.spec.token, review.spec.audiences ?? []) };
  },
};

export async function reviewHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  // What has no metadata has neither rows nor a metadata form.
  if (negotiate(call.request).as !== 'object') {
    throw statusError.notAcceptable(Object.values(mediaTypes));
  }
  const body = decodeAs(services, call, call.served.version.schema);
  matchNamespace(call.served, call.info.namespace, body);
  body.metadata ??= {};
  await trackWrite(services, writeContext(services, call), body, undefined);
  await admit(services, call, 'CREATE', body, { name: body.metadata.name ?? '' });
  const value = await reviews[call.served.bucket]!(services, call, body);
  return { type: 'value', status: 201, value: value as Record<string, unknown> };
}

async function reviewAccess(
  services: Services,
  review: SubjectAccessReview,
  more: readonly FieldError[],
): Promise<unknown> {
  const { user, groups, uid, extra } = review.spec;
  const nobody = !user && !groups?.length;
  const anybody = fieldError.invalid('spec.user', '', 'at least one of user or group must be specified');
  checkAsked(review.spec, { validateWho: nobody ? [anybody] : [], validateRest: more });
  const who: UserInfo = {
    name: user ?? '',
    groups: groups ?? [],
    ...(uid ? { uid } : {}),
    ...(extra ? { extra } : {}),
  };
  return { ...review, status: await decide(services, who, review.spec) };
}

async function decide(services: Services, user: UserInfo, asked: Asked) {
  const { decision, reason, error } = await services.authorizer.authorize(attributes(user, asked));
  return {
    allowed: decision === 'allow',
    ...(decision === 'deny' ? { denied: true } : {}),
    ...(reason ? { reason } : {}),
    ...evaluationError(asked.resourceAttributes, error),
  };
}

function attributes(user: UserInfo, asked: Asked): Attributes {
  const resource = asked.resourceAttributes;
  const path = asked.nonResourceAttributes;
  return {
    user,
    verb: resource?.verb ?? path?.verb ?? '',
    isResource: resource !== undefined,
    group: resource?.group ?? '',
    version: resource?.version || (resource ? '*' : ''),
    resource: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    namespace: resource?.namespace ?? '',
    name: resource?.name ?? '',
    path: path?.path ?? '',
    fieldSelector: fieldSelectorText(resource),
    labelSelector: labelSelectorText(resource),
  };
}
