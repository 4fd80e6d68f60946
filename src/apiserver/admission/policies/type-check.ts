import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ValidatingAdmissionPolicy,
} from '#api/generated/types/admissionregistration.v1.ts';
import type { ResourceDefinition } from '#api/definition.ts';
import { policyVariables } from '#api/policy-validation.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import { admissionEnvironment, composeVariables } from '#cel/admission.ts';
import { BuiltinDeclarations } from '#cel/builtin.ts';
import { compile } from '#cel/compile.ts';
import type { Declaration } from '#cel/declaration.ts';
import type { Environment } from '#cel/environment.ts';
import { parseApiVersion } from '#machinery/object.ts';
import type { Catalog } from '../../resources/served.ts';
import type { GroupVersionKind } from '../request.ts';

/** Kinds that one rule is checked against; more would tell nobody more, and further rules are not looked at. */
const kindsMax = 10;

interface CheckedKind {
  readonly kind: GroupVersionKind;
  readonly environment: Environment;
}

/** What is doubtful about a policy's expressions, given the types of what it matches (KEP-3488). */
export class TypeChecker {
  readonly #catalog: Catalog;
  readonly #schemas: SchemaRegistry;

  constructor(catalog: Catalog, schemas: SchemaRegistry) {
    this.#catalog = catalog;
    this.#schemas = schemas;
  }

  warnings(policy: ValidatingAdmissionPolicy): ExpressionWarning[] {
    const kinds = this.#environments(policy);
    const check = (fieldRef: string, expression: string | undefined): ExpressionWarning[] => {
      if (!expression) return [];
      const warning = kinds.flatMap(kind => warningOf(kind, expression)).join('\n');
      return warning === '' ? [] : [{ fieldRef, warning }];
    };
    return (policy.spec?.validations ?? []).flatMap(({ expression, messageExpression }, i) => [
      ...check(`spec.validations[${i}].expression`, expression),
      ...check(`spec.validations[${i}].messageExpression`, messageExpression),
    ]);
  }

  #environments({ spec }: ValidatingAdmissionPolicy): CheckedKind[] {
    const params = spec?.paramKind && {
      ...parseApiVersion(spec.paramKind.apiVersion ?? ''),
      kind: spec.paramKind.kind ?? '',
    };
    const paramsDeclaration = params && this.#declarationOf(params);
    return this.#kinds(spec?.matchConstraints?.resourceRules ?? []).flatMap(kind => {
      const object = this.#declarationOf(kind);
      if (!object) return [];
      const options = {
        ...policyVariables(spec),
        withoutRequestResource: true,
        object,
        ...(paramsDeclaration ? { paramsDeclaration } : {}),
      };
      const { types } = composeVariables(spec?.variables ?? [], options);
      return [{ kind, environment: admissionEnvironment({ ...options, composed: types }) }];
    });
  }

  #declarationOf({ group, version, kind }: GroupVersionKind): Declaration | undefined {
    const schema = this.#schemas.schemaOfKind(group, version, kind);
    return schema && new BuiltinDeclarations().of(schema);
  }

  /** The kinds that rules name one by one, without wildcards and subresources. */
  #kinds(rules: readonly NamedRuleWithOperations[]): GroupVersionKind[] {
    const found = new Map<string, GroupVersionKind>();
    for (const rule of rules) {
      const kinds = this.#kindsOf(rule).slice(0, kindsMax);
      for (const kind of kinds) found.set(`${kind.group}/${kind.version}/${kind.kind}`, kind);
      if (kinds.length === kindsMax) break;
    }
    return [...found.values()].sort(
      (a, b) => compare(a.group, b.group) || compare(a.version, b.version) || compare(a.kind, b.kind),
    );
  }

  #kindsOf({ apiGroups = [], apiVersions = [], resources = [] }: NamedRuleWithOperations) {
    if ([...apiGroups, ...apiVersions].some(text => text.includes('*'))) return [];
    const plain = resources.filter(resource => !/[*/]/.test(resource)).sort(compare);
    return [...apiGroups]
      .sort(compare)
      .flatMap(group =>
        [...apiVersions]
          .sort(compare)
          .flatMap(version => plain.flatMap(resource => this.#kindsFor(group, version, resource))),
      );
  }

  /** As discovery's mapper resolves them: by either name of the resource, and no group is any group. */
  #kindsFor(group: string, version: string, resource: string): GroupVersionKind[] {
    const wanted = resource.toLowerCase();
    return this.#catalog.definitions
      .filter(
        definition =>
          (group === '' || definition.group === group) &&
          (definition.resource === wanted || singularOf(definition) === wanted) &&
          definition.versions.some(served => served.version === version),
      )
      .map(({ group, kind }) => ({ group, version, kind }));
  }
}

function singularOf({ singular, kind }: ResourceDefinition): string {
  return singular || kind.toLowerCase();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function warningOf({ kind, environment }: CheckedKind, expression: string): string[] {
  const { issues } = compile(expression, environment);
  if (issues === undefined) return [];
  const { group, version } = kind;
  return [`${group}/${version}, Kind=${kind.kind}: ${issues}\n`];
}
