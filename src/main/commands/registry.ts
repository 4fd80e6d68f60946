import type { Command } from '#cli/core/command.ts';
import { controllerManagerCommand } from './controller-manager.ts';
import { downCommand } from './down.ts';
import { generateCommand } from './generate.ts';
import { imageCommand } from './image.ts';
import { kubeconfigCommand } from './kubeconfig.ts';
import { schedulerCommand } from './scheduler.ts';
import { statusCommand } from './status.ts';
import { upCommand } from './up.ts';
import { whyCommand } from './why.ts';

/** The commands that make and drive clusters, beside kubectl's verbs. */
export const clusterCommands: readonly Command[] = [
  controllerManagerCommand,
  downCommand,
  generateCommand,
  imageCommand,
  kubeconfigCommand,
  schedulerCommand,
  statusCommand,
  upCommand,
  whyCommand,
];
