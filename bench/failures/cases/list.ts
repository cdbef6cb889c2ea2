import type { Case } from '../case.ts';
import { cancelling } from './cancelling.ts';
import { crashes } from './crashes.ts';
import { endings } from './endings.ts';
import { starts } from './starts.ts';
import { values } from './values.ts';

export const cases: readonly Case[] = [...starts, ...crashes, ...values, ...endings, ...cancelling];
