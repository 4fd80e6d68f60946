import { join, resolve } from 'node:path';
import { type AuditPolicy, validateAuditPolicy } from '#apiserver/audit/policy.ts';
import { CliError } from '#cli/errors.ts';
import { fieldErrorsText } from '#machinery/field.ts';
import type { AuditSettings } from '../audit/open-audit.ts';
import { type Shape, anyText, count, fields, flag, listOf, mapping, oneOf, only, text } from './shape.ts';
import { readYamlShape, withoutNulls } from './yaml-file.ts';

/** The field `audit` of a Cluster, with upstream's flags (--audit-policy-file, --audit-log-…) for names. */
export interface AuditConfig {
  readonly policyFile: string;
  readonly log?: {
    readonly path?: string;
    readonly format?: 'json' | 'legacy';
    readonly maxSize?: number;
    readonly maxAge?: number;
    readonly maxBackup?: number;
  };
  readonly webhook?: { readonly configFile: string };
}

const numberMax = 1_000_000;

export const auditShape = fields(
  {
    policyFile: text,
    log: fields({
      path: text,
      format: oneOf(['json', 'legacy']),
      maxSize: count(numberMax),
      maxAge: count(numberMax),
      maxBackup: count(numberMax),
    }),
    webhook: fields({ configFile: text }, ['configFile']),
  },
  ['policyFile'],
);

const texts = listOf(anyText);

const policyShape: Shape = fields(
  {
    apiVersion: only('audit.k8s.io/v1'),
    kind: only('Policy'),
    metadata: mapping,
    omitStages: texts,
    omitManagedFields: flag,
    rules: listOf(
      fields(
        {
          level: anyText,
          users: texts,
          userGroups: texts,
          verbs: texts,
          resources: listOf(fields({ group: anyText, resources: texts, resourceNames: texts })),
          namespaces: texts,
          nonResourceURLs: texts,
          omitStages: texts,
          omitManagedFields: flag,
        },
        ['level'],
      ),
    ),
  },
  ['apiVersion', 'kind', 'rules'],
);

/** Reads what `audit` names. Without a place for events they go to audit.log in the data folder. Throws CliError. */
export async function readAudit(
  { policyFile, log, webhook }: AuditConfig,
  folder: string,
  dataDir: string,
): Promise<AuditSettings> {
  const policy = await readPolicy(resolve(folder, policyFile));
  const { path, ...limits } = withoutNulls(log ?? {});
  const toFile = { ...limits, path: path ? resolve(folder, path) : join(dataDir, 'audit.log') };
  return {
    policy,
    ...(log || !webhook ? { log: toFile } : {}),
    ...(webhook ? { webhook: { configFile: resolve(folder, webhook.configFile) } } : {}),
  };
}

async function readPolicy(file: string): Promise<AuditPolicy> {
  const policy = (await readYamlShape(file, policyShape)) as AuditPolicy;
  const errors = validateAuditPolicy(policy);
  if (errors.length > 0) throw new CliError(`error: ${file}: ${fieldErrorsText(errors)}`);
  return policy;
}
