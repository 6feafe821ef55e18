"""What every test may rely on."""

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so, and all processes that tests start would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
