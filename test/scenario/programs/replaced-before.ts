// Loaded into a worker before polyloop is.
import { install, type Fakes } from '../../support/fakes.ts';

install(process.env['FAKES'] as Fakes);
