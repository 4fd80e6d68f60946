import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from '#api/generated/types/apiextensions.v1.ts';
import { type ResourceMeta, compileSchema } from '#api/apiextensions/structural/schema.ts';
import { type ValueValidator, compileValidator } from '#api/apiextensions/structural/value-validator.ts';
import { baseEnvironment } from '#cel/kubernetes.ts';
import { type RuleChecker, compileSchemaRules } from '#cel/rule-checker.ts';
import type { StructuralSchema } from '#cel/structural.ts';
import { applyDefaults } from '#machinery/defaults.ts';
import { deepEqual } from '#base/equal.ts';
import type { CelMetrics } from './cel-metrics.ts';
import { type KubeObject, apiVersionOf } from '#machinery/object.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { withoutMalformed } from '#machinery/embedded.ts';
import { prune } from '#machinery/prune.ts';
import type { ObjectSchema } from '#machinery/schema.ts';

/** What versions of custom resources are compiled with. */
export interface VersionParts {
  readonly meta: ResourceMeta;
  readonly cel: CelMetrics;
  /** The definition's name in OpenAPI, as long as no other has it. */
  readonly freeName: (name: string) => string;
}

/** One version of a custom resource, compiled: what it takes to decode and check its objects. */
export class CustomVersion {
  readonly spec: CustomResourceDefinitionVersion;
  readonly apiVersion: string;
  readonly props: JSONSchemaProps;
  readonly schema: ObjectSchema;
  readonly meta: ResourceMeta;
  readonly cel: CelMetrics;
  #validator: ValueValidator | undefined;
  #statusValidator: ValueValidator | undefined;
  #rules: RuleChecker | null | undefined;

  constructor(
    crd: CustomResourceDefinition,
    spec: CustomResourceDefinitionVersion,
    { meta, cel, freeName }: VersionParts,
  ) {
    const { group, names } = crd.spec;
    this.spec = spec;
    this.meta = meta;
    this.cel = cel;
    this.apiVersion = apiVersionOf({ group, version: spec.name });
    this.props = spec.schema?.openAPIV3Schema ?? { type: 'object' };
    this.schema = compileSchema(freeName(modelName(group, spec.name, names.kind)), this.props, meta);
  }

  get validator(): ValueValidator {
    this.#validator ??= compileValidator(this.props);
    return this.#validator;
  }

  /** Of the status alone; undefined where the schema says nothing of it. */
  get statusValidator(): ValueValidator | undefined {
    const status = this.props.properties?.status;
    if (status) this.#statusValidator ??= compileValidator(status);
    return this.#statusValidator;
  }

  /** Of x-kubernetes-validations; null where the schema has none. */
  get rules(): RuleChecker | null {
    if (this.#rules === undefined) {
      const compile = () => compileSchemaRules(this.props as StructuralSchema, baseEnvironment());
      this.#rules = this.cel.compiling(compile) ?? null;
    }
    return this.#rules;
  }

  /** An object of this version as its schema lets it be; the same object where nothing is to be done. */
  coerce(object: KubeObject, defaults: boolean): KubeObject {
    const coerced = this.#pruned(object);
    if (defaults) applyDefaults(coerced, this.schema);
    return deepEqual(coerced, object) ? object : coerced;
  }

  #pruned(object: KubeObject): KubeObject {
    try {
      return prune(object, this.schema) as KubeObject;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return prune(withoutMalformed(object, this.schema), this.schema) as KubeObject;
    }
  }
}

/** 'com.example.v1.Boat': the group backwards, as OpenAPI names definitions. */
export function modelName(group: string, version: string, kind: string): string {
  return [...group.split('.').reverse(), version, kind].join('.');
}
