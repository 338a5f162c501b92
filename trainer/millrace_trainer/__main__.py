import sys

from millrace_trainer.cli import main

sys.exit(main())
