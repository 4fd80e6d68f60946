import type { Command } from '../../core/command.ts';
import { createConfigMap } from './config-map.ts';
import { createCronJob } from './cron-job.ts';
import { createDeployment } from './deployment.ts';
import { createIngress } from './ingress.ts';
import { createJob } from './job.ts';
import { createNamespace } from './namespace.ts';
import { createPodDisruptionBudget } from './pod-disruption-budget.ts';
import { createPriorityClass } from './priority-class.ts';
import { createQuota } from './quota.ts';
import { createClusterRoleBinding, createRoleBinding } from './role-binding.ts';
import { createClusterRole, createRole } from './role.ts';
import { createSecret } from './secret.ts';
import { createServiceAccount } from './service-account.ts';
import { createService } from './service.ts';
import { createToken } from './token.ts';

/** Every subcommand of create, sorted by name. */
export const createSubcommands: readonly Command[] = [
  createClusterRole,
  createClusterRoleBinding,
  createConfigMap,
  createCronJob,
  createDeployment,
  createIngress,
  createJob,
  createNamespace,
  createPodDisruptionBudget,
  createPriorityClass,
  createQuota,
  createRole,
  createRoleBinding,
  createSecret,
  createService,
  createServiceAccount,
  createToken,
];
