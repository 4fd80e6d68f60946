import { join, resolve } from 'node:path';
import type { BatchSettings } from '#apiserver/audit/batches.ts';
import { type DeliverySettings, defaultDelivery } from '#apiserver/audit/delivery.ts';
import { type AuditPolicy, validateAuditPolicy } from '#apiserver/audit/policy.ts';
import { CliError } from '#cli/errors.ts';
import { FieldPath, fieldError, fieldErrorsText } from '#machinery/field.ts';
import { parseDuration } from '#machinery/go-values.ts';
import type { AuditSettings } from '../audit/open-audit.ts';
import { durationOption } from './option.ts';
import {
  type Shape,
  anyText,
  count,
  fields,
  flag,
  listOf,
  mapping,
  number,
  oneOf,
  only,
  positive,
  text,
} from './shape.ts';
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
  } & DeliveryConfig;
  readonly webhook?: { readonly configFile: string; readonly initialBackoff?: string } & DeliveryConfig;
}

/** How events get to either. */
interface DeliveryConfig {
  readonly mode?: DeliverySettings['mode'];
  readonly batch?: Partial<Omit<BatchSettings, 'maxWaitMs'>> & { readonly maxWait?: string };
  readonly truncate?: Partial<DeliverySettings['truncate']>;
}

const numberMax = 1_000_000;

const duration = durationOption('', '').shape;
const above0 = positive(2 ** 31 - 1);

const deliveryFields = {
  mode: oneOf(['batch', 'blocking', 'blocking-strict']),
  batch: fields({
    bufferSize: above0,
    maxSize: above0,
    maxWait: duration,
    throttleEnable: flag,
    throttleQPS: number(value => (value > 0 ? [] : ['must be a positive number']), 'any'),
    throttleBurst: above0,
  }),
  truncate: fields({ enabled: flag, maxEventSize: above0, maxBatchSize: above0 }),
};

export const auditShape = fields(
  {
    policyFile: text,
    log: fields({
      path: text,
      format: oneOf(['json', 'legacy']),
      maxSize: count(numberMax),
      maxAge: count(numberMax),
      maxBackup: count(numberMax),
      ...deliveryFields,
    }),
    webhook: fields({ configFile: text, initialBackoff: duration, ...deliveryFields }, ['configFile']),
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
  const { path, format, maxSize, maxAge, maxBackup } = withoutNulls(log ?? {});
  const limits = withoutNulls({ format, maxSize, maxAge, maxBackup });
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  const toFile = {
    ...given,
    path: path ? resolve(folder, path) : join(dataDir, 'audit.log'),
    ...deliveryOf('log', log),
  };
  return {
    policy,
    ...(log || !webhook ? { log: toFile } : {}),
    ...(webhook
      ? {
          webhook: {
            configFile: resolve(folder, webhook.configFile),
            ...deliveryOf('webhook', webhook),
            ...(webhook.initialBackoff ? { initialBackoffMs: msOf(webhook.initialBackoff) } : {}),
          },
        }
      : {}),
  };
}

/** What is said of it, if anything. Throws CliError where that does not go together. */
function deliveryOf(
  name: 'log' | 'webhook',
  config: DeliveryConfig = {},
): { readonly delivery?: DeliverySettings } {
  if (!config.mode && !config.batch && !config.truncate) return {};
  const usual = defaultDelivery[name];
  const { maxWait, ...batch } = withoutNulls(config.batch ?? {});
  const truncate = { ...usual.truncate, ...withoutNulls(config.truncate ?? {}) };
  const settings = {
    mode: config.mode ?? usual.mode,
    batch: { ...usual.batch, ...batch, ...(maxWait ? { maxWaitMs: msOf(maxWait) } : {}) },
    truncate,
  };
  const { throttleEnable, throttleQPS, throttleBurst } = settings.batch;
  const at = FieldPath.of('audit', name);
  if (throttleEnable && (throttleQPS <= 0 || throttleBurst <= 0)) {
    const field = at.child('batch', throttleQPS <= 0 ? 'throttleQPS' : 'throttleBurst');
    throw new CliError(
      `error: ${fieldErrorsText([fieldError.invalid(field, 0, 'must be a positive number')])}`,
    );
  }
  if (truncate.maxBatchSize < truncate.maxEventSize) {
    const why = `must be greater than max event size (${truncate.maxEventSize})`;
    const field = at.child('truncate', 'maxBatchSize');
    throw new CliError(`error: ${fieldErrorsText([fieldError.invalid(field, truncate.maxBatchSize, why)])}`);
  }
  return { delivery: settings };
}

function msOf(duration: string): number {
  return Number(parseDuration(duration)) / 1e6;
}

async function readPolicy(file: string): Promise<AuditPolicy> {
  const policy = (await readYamlShape(file, policyShape)) as AuditPolicy;
  const errors = validateAuditPolicy(policy);
  if (errors.length > 0) throw new CliError(`error: ${file}: ${fieldErrorsText(errors)}`);
  return policy;
}
