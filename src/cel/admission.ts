/**
 * What the expressions of webhooks' match conditions and of admission policies may use (apiserver
 * pkg/admission/plugin/cel), and the checks of what they evaluate to.
 */
import { type Program, compile } from './compile.ts';
import type { Declaration } from './declaration.ts';
import {
  boolDeclaration,
  dynDeclaration,
  intDeclaration,
  listDeclaration,
  mapDeclaration,
  objectDeclaration,
  stringDeclaration,
  valueDeclaration,
} from './declare.ts';
import type { Environment } from './environment.ts';
import { wrongType } from './json-values.ts';
import { baseEnvironment, mutationEnvironment } from './kubernetes.ts';
import { authorizerType, resourceCheckType } from './library/authorizer.ts';
import { timestampFromText } from './library/time-text.ts';
import {
  type Type,
  boolType,
  dynType,
  listOf,
  nullType,
  sameType,
  stringType,
  structType,
  timestampType,
} from './types.ts';

/** Which variables there are beside object, oldObject, request and namespaceObject. */
export interface AdmissionVariables {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** Object{...} and JSONPatch{...} may be constructed. */
  readonly patchTypes?: boolean;
  /** The types of `variables`, by name. */
  readonly composed?: ReadonlyMap<string, Type>;
  /** Instead of any JSON: for type checking alone. */
  readonly object?: Declaration;
  readonly paramsDeclaration?: Declaration;
  /** There is no authorizer.requestResource: upstream's type check does not know it. */
  readonly withoutRequestResource?: boolean;
}

const text = stringDeclaration;
const texts = listDeclaration(text);
const timestamp: Declaration = {
  ...valueDeclaration(timestampType),
  read: json =>
    (typeof json === 'string' ? timestampFromText(json) : undefined) ?? wrongType('date-time', json),
};

/** `null` where there is no such object. */
function nullable(declaration: Declaration): Declaration {
  return { ...declaration, read: json => (json === null ? null : declaration.read(json)) };
}

const kindDeclaration = objectDeclaration('kubernetes.GroupVersionKind', {
  group: text,
  version: text,
  kind: text,
});
const resourceDeclaration = objectDeclaration('kubernetes.GroupVersionResource', {
  group: text,
  version: text,
  resource: text,
});

const requestDeclaration = objectDeclaration('kubernetes.AdmissionRequest', {
  kind: kindDeclaration,
  resource: resourceDeclaration,
  subResource: text,
  requestKind: kindDeclaration,
  requestResource: resourceDeclaration,
  requestSubResource: text,
  name: text,
  namespace: text,
  operation: text,
  userInfo: objectDeclaration('kubernetes.UserInfo', {
    username: text,
    uid: text,
    groups: texts,
    extra: mapDeclaration(texts),
  }),
  dryRun: boolDeclaration,
  options: dynDeclaration,
});

const namespaceDeclaration = nullable(
  objectDeclaration('kubernetes.Namespace', {
    metadata: objectDeclaration('kubernetes.NamespaceMetadata', {
      name: text,
      generateName: text,
      namespace: text,
      labels: mapDeclaration(text),
      annotations: mapDeclaration(text),
      UID: text,
      creationTimestamp: timestamp,
      deletionGracePeriodSeconds: intDeclaration,
      deletionTimestamp: timestamp,
      generation: intDeclaration,
      resourceVersion: text,
      finalizers: texts,
    }),
    spec: objectDeclaration('kubernetes.NamespaceSpec', { finalizers: texts }),
    status: objectDeclaration('kubernetes.NamespaceStatus', {
      conditions: listDeclaration(
        objectDeclaration('kubernetes.NamespaceCondition', {
          status: text,
          type: text,
          lastTransitionTime: timestamp,
          message: text,
          reason: text,
        }),
      ),
      phase: text,
    }),
  }),
);

/** The type of `variables`. */
export function composedType(types: ReadonlyMap<string, Type>): Type {
  return structType('kubernetes.variables', name => types.get(name));
}

/** What a variable's type is to those that use it: objects are of any type to them, in lists and maps too. */
function composableType(type: Type): Type {
  if (type.kind === 'list' || type.kind === 'map') {
    return { ...type, params: type.params.map(composableType) };
  }
  return type.kind === 'struct' || type.kind === 'opaque' || type.kind === 'type' ? dynType : type;
}

export function admissionEnvironment(options: AdmissionVariables): Environment {
  const base = options.patchTypes ? mutationEnvironment() : baseEnvironment();
  const object = options.object ? nullable(options.object) : dynDeclaration;
  return base.with({
    object,
    oldObject: object,
    request: requestDeclaration,
    namespaceObject: namespaceDeclaration,
    ...(options.params
      ? { params: options.paramsDeclaration ? nullable(options.paramsDeclaration) : dynDeclaration }
      : {}),
    ...(options.authorizer
      ? {
          authorizer: valueDeclaration(authorizerType),
          ...(options.withoutRequestResource
            ? {}
            : { 'authorizer.requestResource': valueDeclaration(resourceCheckType) }),
        }
      : {}),
    ...(options.composed ? { variables: valueDeclaration(composedType(options.composed)) } : {}),
  });
}

/** What an expression may evaluate to. */
export const results = {
  condition: [boolType],
  message: [stringType],
  annotation: [stringType, nullType],
  applyConfiguration: [structType('Object', () => dynType)],
  jsonPatch: [listOf(structType('JSONPatch', () => dynType))],
  anything: undefined,
} as const;

export type Results = (typeof results)[keyof typeof results];

export type Compiled =
  | { readonly program: Program; readonly error?: undefined; readonly isInternal?: undefined }
  | {
      readonly program?: undefined;
      readonly error: string;
      /** Upstream takes it for an error of its own. */
      readonly isInternal?: boolean;
    };

/** Compiles; the error is what follows `Invalid value: "…": ` where the expression is a field of an object. */
export function compileAdmission(expression: string, environment: Environment, allowed: Results): Compiled {
  const { program, issues, uninstantiable } = compile(expression, environment);
  if (uninstantiable) return { error: `program instantiation failed: ${issues}`, isInternal: true };
  if (!program) return { error: `compilation failed: ${issues}` };
  if (!allowed || allowed.some(type => sameType(type, program.resultType))) return { program };
  const names = allowed.map(typeName);
  const wanted = names.length === 1 ? names[0] : `one of [${names.join(' ')}]`;
  return { error: `must evaluate to ${wanted} but got ${typeName(program.resultType)}` };
}

/** The variables of a policy, compiled; each may use those before it. */
export interface Composed {
  readonly types: ReadonlyMap<string, Type>;
  readonly variables: ReadonlyMap<string, Compiled>;
}

export function composeVariables(
  variables: readonly { readonly name: string; readonly expression: string }[],
  options: AdmissionVariables,
): Composed {
  const types = new Map<string, Type>();
  const compiled = new Map<string, Compiled>();
  for (const { name, expression } of variables) {
    const environment = admissionEnvironment({ ...options, composed: types });
    const variable = compileAdmission(expression, environment, results.anything);
    compiled.set(name, variable);
    types.set(name, variable.program ? composableType(variable.program.resultType) : dynType);
  }
  return { types, variables: compiled };
}

/** As cel-go's Type prints itself. */
export function typeName({ name, params }: Type): string {
  return params.length === 0 ? name : `${name}(${params.map(typeName).join(', ')})`;
}
