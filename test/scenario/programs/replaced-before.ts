// Loaded into a worker before polyloop is.
import { installFakeTimers, type FakeTimers } from '../../support/fakes.ts';

installFakeTimers(process.env['FAKES'] as FakeTimers);
