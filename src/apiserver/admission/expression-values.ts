import {
  type AuthorizationCheck,
  type Decision,
  type ExpressionAuthorizer,
  authorizerValue,
  requestResourceValue,
} from '#cel/library/authorizer.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Attributes, Authorizer, UserInfo } from '../identity.ts';
import type { AdmissionRequest } from './request.ts';
import { type Subject, type Target, type Versioned, namespaceOf } from './subject.ts';
import { requestFields } from './webhooks/review.ts';

/** The values of an expression's variables, for a request that matched as `target`. */
export function expressionValues(
  subject: Subject,
  target: Target,
  { object, old }: Versioned,
  more: {
    readonly params?: KubeObject | undefined;
    readonly namespace?: KubeObject | undefined;
    readonly authorizer: Authorizer;
  },
): Record<string, unknown> {
  const { request } = subject;
  const authorizer = expressionAuthorizer(more.authorizer, request.user);
  const resource = {
    ...request.served.what,
    subresource: request.subresource,
    namespace: namespaceOf(request),
    name: request.name,
  };
  return {
    object: object ?? null,
    oldObject: old ?? null,
    request: requestFields(request, subject.own, target),
    params: more.params ?? null,
    namespaceObject: more.namespace ? namespaceFields(more.namespace) : null,
    authorizer: authorizerValue(authorizer),
    'authorizer.requestResource': requestResourceValue(authorizer, resource),
  };
}

/** As conditions see them: of the resource that was asked for, whatever matched, and without its namespace. */
export function conditionValues(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const request = values.request as { readonly requestResource?: unknown };
  return { ...values, request: { ...request, resource: request.requestResource }, namespaceObject: null };
}

/** As messages and audit annotations see them, which may not ask for rights: not by way of a variable either. */
export function withoutAuthorizer(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...values, authorizer: undefined, 'authorizer.requestResource': undefined };
}

/** What expressions see of a namespace: no managed fields, no owners. */
function namespaceFields(namespace: KubeObject): object {
  const { managedFields: _m, ownerReferences: _o, uid, ...metadata } = namespace.metadata;
  return { ...namespace, metadata: { ...metadata, UID: uid } };
}

/** The namespace that expressions may look at; a Namespace is in none. */
export function namespaceOfObject({ served, namespace }: AdmissionRequest): string {
  return served.bucket === 'core/namespaces' ? '' : namespace;
}

function expressionAuthorizer(authorizer: Authorizer, user: UserInfo): ExpressionAuthorizer {
  return {
    check(check, serviceAccount) {
      const asker = serviceAccount ? serviceAccountUser(serviceAccount) : user;
      const decision = authorizer.authorize(attributesOf(check, asker));
      if (decision instanceof Promise) {
        decision.catch(() => {});
        return { allowed: false, reason: '', error: 'the authorizer does not answer at once' };
      }
      const { reason, error } = decision;
      const allowed = decision.decision === 'allow';
      return { allowed, reason, ...(error === undefined ? {} : { error }) } satisfies Decision;
    },
  };
}

function serviceAccountUser({ namespace, name }: { namespace: string; name: string }): UserInfo {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

function attributesOf(check: AuthorizationCheck, user: UserInfo): Attributes {
  if ('path' in check) {
    const nothing = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
    return { user, verb: check.verb, isResource: false, path: check.path, ...nothing };
  }
  const { labelSelector: _, ...asked } = check;
  return { user, isResource: true, version: '*', path: '', ...asked };
}
