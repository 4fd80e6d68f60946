/** Asking what a user may do, from within an expression. The caller brings the authorizer. */
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import type { Library } from '../environment.ts';
import type { Overload } from '../signature.ts';
import { boolType, stringType, structType, type Type } from '../types.ts';
import { CelOpaque, type CelValue } from '../values.ts';
import { EvaluationError, guarded, memberFunction } from './define.ts';

const typeNamed = (name: string) => structType(`kubernetes.authorization.${name}`);

export const authorizerType = typeNamed('Authorizer');
const pathCheckType = typeNamed('PathCheck');
const groupCheckType = typeNamed('GroupCheck');
/** What `authorizer.requestResource` is. */
export const resourceCheckType = typeNamed('ResourceCheck');
const decisionType = typeNamed('Decision');

/** A question. Selectors are as the expression wrote them. */
export type AuthorizationCheck =
  | { readonly verb: string; readonly path: string }
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
      readonly fieldSelector: string;
      readonly labelSelector: string;
    };

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
  /** Absent where the question could be answered. */
  readonly error?: string;
}

/** Answers for the user of the request, or for a service account. Answers at once: expressions do not wait. */
export interface ExpressionAuthorizer {
  check(
    check: AuthorizationCheck,
    serviceAccount?: { readonly namespace: string; readonly name: string },
  ): Decision;
}

interface Asking {
  readonly authorizer: ExpressionAuthorizer;
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

type Resource = Omit<Extract<AuthorizationCheck, { resource: string }>, 'verb'>;

function opaque<T>(type: Type, value: T): CelOpaque<T> {
  // They compare with nothing, not even with themselves.
  return new CelOpaque(type, value, undefined);
}

/** The variable `authorizer`. */
export function authorizerValue(authorizer: ExpressionAuthorizer): CelValue {
  return opaque<Asking>(authorizerType, { authorizer });
}

const noResource: Resource = {
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  fieldSelector: '',
  labelSelector: '',
};

/** The variable `authorizer.requestResource`. */
export function requestResourceValue(
  authorizer: ExpressionAuthorizer,
  resource: Pick<Resource, 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>,
): CelValue {
  return opaque(resourceCheckType, { authorizer, ...noResource, ...resource });
}

const of = <T>(value: CelValue) => (value as CelOpaque<T>).value;

function required(text: string, what: string): string {
  if (text.trim() === '') throw new EvaluationError(`${what} must not be empty`);
  return text;
}

function asServiceAccount(asking: Asking, namespace: string, name: string): Asking {
  if (checkDns1123Subdomain(name).length > 0) throw new EvaluationError('Invalid service account name');
  if (checkDns1123Label(namespace).length > 0) throw new EvaluationError('Invalid service account namespace');
  return { ...asking, serviceAccount: { namespace, name } };
}

type Group = Asking & { readonly group: string };
type ResourceAsking = Asking & Resource;

function decide({ authorizer, serviceAccount }: Asking, check: AuthorizationCheck): CelValue {
  return opaque(decisionType, authorizer.check(check, serviceAccount));
}

const s = stringType;
type Call = (...args: CelValue[]) => CelValue;

function member(name: string, id: string, params: readonly Type[], result: Type, call: Call): Overload {
  return memberFunction(name, id, params, result, guarded(call));
}

function narrowing(name: string, id: string, field: keyof Resource): Overload {
  return member(name, id, [resourceCheckType, s], resourceCheckType, (check, text) =>
    opaque(resourceCheckType, { ...of<ResourceAsking>(check), [field]: text as string }),
  );
}

function outcome(name: string, result: Type, from: (decision: Decision) => CelValue): Overload {
  return memberFunction(name, `decision_${name}`, [decisionType], result, decision =>
    from(of<Decision>(decision)),
  );
}

export const authorizerLibrary: Library = {
  types: [authorizerType, pathCheckType, groupCheckType, resourceCheckType, decisionType],
  overloads: [
    member('path', 'authorizer_path', [authorizerType, s], pathCheckType, (asking, path) =>
      opaque(pathCheckType, { ...of<Asking>(asking), path: required(path as string, 'path') }),
    ),
    member('group', 'authorizer_group', [authorizerType, s], groupCheckType, (asking, group) =>
      opaque(groupCheckType, { ...of<Asking>(asking), group: group as string }),
    ),
    member(
      'serviceAccount',
      'authorizer_serviceaccount',
      [authorizerType, s, s],
      authorizerType,
      (asking, namespace, name) =>
        opaque(authorizerType, asServiceAccount(of<Asking>(asking), namespace as string, name as string)),
    ),
    member('resource', 'groupcheck_resource', [groupCheckType, s], resourceCheckType, (group, resource) => {
      const name = required(resource as string, 'resource');
      return opaque(resourceCheckType, { ...noResource, ...of<Group>(group), resource: name });
    }),
    narrowing('subresource', 'resourcecheck_subresource', 'subresource'),
    narrowing('namespace', 'resourcecheck_namespace', 'namespace'),
    narrowing('name', 'resourcecheck_name', 'name'),
    member('check', 'pathcheck_check', [pathCheckType, s], decisionType, (check, verb) => {
      const asking = of<Asking & { path: string }>(check);
      return decide(asking, { verb: verb as string, path: asking.path });
    }),
    member('check', 'resourcecheck_check', [resourceCheckType, s], decisionType, (check, verb) => {
      const { authorizer, serviceAccount, ...resource } = of<ResourceAsking>(check);
      return decide(
        { authorizer, ...(serviceAccount && { serviceAccount }) },
        { ...resource, verb: verb as string },
      );
    }),
    outcome('errored', boolType, decision => decision.error !== undefined),
    outcome('error', stringType, decision => decision.error ?? ''),
    outcome('allowed', boolType, decision => decision.allowed),
    outcome('reason', stringType, decision => decision.reason),
  ],
};

/** Selectors in authorization checks (KEP-4601). */
export const authorizerSelectorsLibrary: Library = {
  overloads: [
    narrowing('fieldSelector', 'authorizer_fieldselector', 'fieldSelector'),
    narrowing('labelSelector', 'authorizer_labelselector', 'labelSelector'),
  ],
};
