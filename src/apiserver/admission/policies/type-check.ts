import type {
  ExpressionWarning,
  NamedRuleWithOperations,
  ValidatingAdmissionPolicy,
} from '#api/generated/types/admissionregistration.v1.ts';
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

/** Kinds that one policy is checked against; more would tell nobody more. */
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
    for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
      if ([...apiGroups, ...apiVersions].some(text => text.includes('*'))) continue;
      const plain = resources.filter(resource => !/[*/]/.test(resource));
      for (const group of apiGroups) {
        for (const version of apiVersions) {
          for (const resource of plain) {
            const served = this.#catalog.find(group, version, resource);
            if (!served || found.size >= kindsMax) continue;
            const { kind } = served.definition;
            found.set(`${group}/${version}/${kind}`, { group, version, kind });
          }
        }
      }
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
  }
}

function warningOf({ kind, environment }: CheckedKind, expression: string): string[] {
  const { issues } = compile(expression, environment);
  if (issues === undefined) return [];
  const { group, version } = kind;
  return [`${group}/${version}, Kind=${kind.kind}: ${issues}\n`];
}
