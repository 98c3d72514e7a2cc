import type { Promises } from '../harness/promises.ts';
import { kafka } from './kafka/promises.ts';
import { mysql } from './mysql/promises.ts';
import { rabbitmq } from './rabbitmq/promises.ts';
import { redis } from './redis/promises.ts';
import { rocketmq } from './rocketmq/promises.ts';
import { zookeeper } from './zookeeper/promises.ts';

/** Every system's promises, in the order in which the systems were written. */
export const promises: readonly Promises[] = [mysql, redis, zookeeper, kafka, rabbitmq, rocketmq];
