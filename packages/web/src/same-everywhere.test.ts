import { readdirSync, readFileSync } from 'node:fs';
import * as node from '@kinegraph/node';
import { describe, expect, it } from 'vitest';
import { difference, logitsOf, train } from '../browser/same-program.ts';
import { createRuntime, open } from './index.ts';
