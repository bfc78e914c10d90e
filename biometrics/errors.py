"""What can keep Kura from judging; being judged unfit, attacked or duplicate is an outcome, not an error.

::

    BiometricsError
    ├── CaptureError               a device gave no sample
    │   ├── DeviceNotFoundError    no such device is connected, or no driver knows its URI
    │   ├── DriverUnavailableError something must be installed or allowed first
    │   ├── DeviceBusyError        somebody else uses the device
    │   ├── DeviceLostError        it was pulled out, or its service ended, while in use
    │   ├── DeviceTimeoutError     it did not answer in time
    │   ├── DeviceProtocolError    what it sent cannot be understood
    │   ├── DeviceTrustError       it, or what it sent, is not to be believed
    │   ├── DeviceRefusedError     it answered that it will not
    │   ├── NothingPresentedError  no finger or face was presented in time
    │   ├── CaptureCancelledError  whoever asked for it does not want it any more
    │   └── CaptureMoveError       a step of a capture does not stand where this move starts
    ├── SampleError                an image or manifest line cannot be used
    │   ├── ImageFormatError       not an image, truncated, animated, too large, an unreadable kind
    │   ├── ResolutionError        pixels per inch missing or impossible
    │   └── ManifestError          a manifest line is wrong
    ├── ProcessingError            a model or an algorithm failed
    │   ├── ModelUnavailableError  weights missing, damaged or not prepared
    │   └── PadUnavailableError    a policy requires attack detection, and nothing could judge a sample
    ├── TemplateError              a template is malformed
    │   └── IncompatibleTemplatesError   templates of different formats cannot be compared
    ├── GalleryError               the gallery and the registry disagree, or a search is incomplete
    │   └── SnapshotError          a gallery kept on disk is missing, damaged, altered or another registry's
    │       └── SnapshotKeyError   it was sealed with another key
    ├── RecordError                the system of record refused
    │   ├── RecordConflictError    the record exists already with other content
    │   │   ├── CaseStateError     the case does not stand where this action starts
    │   │   └── CaseHolderError    another examiner holds the case, or the time to decide it is up
    │   ├── CaseForbiddenError     this person may not do this to the case
    │   ├── RestrictedError        the person's data are kept and not used: a lock or an objection
    │   ├── RecordNotFoundError    no such record
    │   ├── PersonDataError        what is stated about a person cannot be recorded
    │   ├── RecordBusyError        another process holds the database
    │   ├── RecordVersionError     the database was written by another version of Kura
    │   ├── AnchorsStaleError      the audit log has waited too long for its anchor in the second sink
    │   └── StorageError           disk full, or a file could not be written or is damaged
    ├── ServiceError               the engine did not answer, or in a way that cannot be understood
    │   ├── ServiceBusyError       the engine has as much to do as it takes on
    │   ├── ServiceLostError       the engine ended before it answered
    │   └── ServiceFailedError     the engine failed on a question, by a mistake of Kura's
    ├── SigningError               a signature cannot be made, or is not to be believed
    │   ├── SignerUnavailableError the key is in a token that does not answer; nothing was signed
    │   └── SignatureInvalidError  nobody trusted signed this, or it was changed since
    └── ConfigurationError         settings, paths or calibrations do not fit together
        └── KeyUnavailableError    a key is missing, another one, or its token does not answer
"""

from __future__ import annotations


class BiometricsError(Exception):
    """A typed failure that says what happened, to which input, and what to do.

    Parameters
    ----------
    message
        What happened, in one sentence without a final full stop.
    source
        The input it happened to (a file, a manifest line, an identifier); never pixels, templates or names.
    remedy
        What the user can do about it.
    """

    def __init__(self, message: str, *, source: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.remedy = remedy

    @property
    def kind(self) -> str:
        """Stable name of the error type, for machine-readable output."""
        return type(self).__name__

    def __str__(self) -> str:
        place = f"{self.source}: " if self.source else ""
        advice = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.message}{advice}"

    def at(self, source: str) -> BiometricsError:
        """Return the same error naming `source`, unless it already names its input."""
        if self.source is None:
            self.source = source
        return self

    def advising(self, remedy: str) -> BiometricsError:
        """Return the same error saying what to do, unless it already does."""
        if self.remedy is None:
            self.remedy = remedy
        return self


class CaptureError(BiometricsError):
    """A device gave no sample; `source` is its URI, without secrets."""


class DeviceNotFoundError(CaptureError):
    """No such device is connected, or no driver knows its URI."""


class DriverUnavailableError(CaptureError):
    """A driver cannot work until something is installed or allowed.

    Parameters
    ----------
    missing
        What is missing, by name.
    command
        The command that installs or allows it, where there is one.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str | None = None,
        remedy: str | None = None,
        missing: tuple[str, ...] = (),
        command: str | None = None,
    ) -> None:
        super().__init__(message, source=source, remedy=remedy)
        self.missing = missing
        self.command = command


class DeviceBusyError(CaptureError):
    """Another program, or another capture of this one, uses the device."""


class DeviceLostError(CaptureError):
    """The device was pulled out, or the service it lies behind ended, while it was used."""


class DeviceTimeoutError(CaptureError):
    """The device did not answer in time.

    Parameters
    ----------
    timeout_s
        How long it was waited for.
    """

    def __init__(
        self, message: str, *, source: str | None = None, remedy: str | None = None, timeout_s: float | None = None
    ) -> None:
        super().__init__(message, source=source, remedy=remedy)
        self.timeout_s = timeout_s


class DeviceProtocolError(CaptureError):
    """What the device sent breaks its protocol: garbage, a wrong length, a missing part."""


class DeviceTrustError(CaptureError):
    """The device, or what it sent, is not to be believed: certificate, signature, repetition, time.

    Parameters
    ----------
    check
        Which check failed, a word for programs.
    """

    def __init__(
        self, message: str, *, source: str | None = None, remedy: str | None = None, check: str | None = None
    ) -> None:
        super().__init__(message, source=source, remedy=remedy)
        self.check = check


class DeviceRefusedError(CaptureError):
    """The device answered that it will not, or cannot.

    Parameters
    ----------
    code
        The device's own code.
    """

    def __init__(
        self, message: str, *, source: str | None = None, remedy: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, source=source, remedy=remedy)
        self.code = code


class NothingPresentedError(CaptureError):
    """No finger or face was presented within the time, or none that the device could take."""


class CaptureCancelledError(CaptureError):
    """Whoever asked for the capture does not want it any more; nothing is wrong with the device."""


class CaptureMoveError(CaptureError):
    """The step of a capture does not stand where this move starts."""


class SampleError(BiometricsError):
    """An image or a manifest line cannot be used."""


class ImageFormatError(SampleError):
    """The file is not an image Kura reads: unknown, truncated, animated or too large."""


class ResolutionError(SampleError):
    """Pixels per inch are missing or impossible."""


class ManifestError(SampleError):
    """A manifest, or one line of it, is wrong."""


class ProcessingError(BiometricsError):
    """A model or an algorithm failed on a valid sample."""


class ModelUnavailableError(ProcessingError):
    """Weights are missing, damaged, or not prepared."""


class PadUnavailableError(ProcessingError):
    """The policy requires presentation attack detection, and nothing could judge a sample."""


class TemplateError(BiometricsError):
    """A template is malformed."""


class IncompatibleTemplatesError(TemplateError):
    """Templates of different formats, or of different positions, cannot be compared."""


class GalleryError(BiometricsError):
    """The gallery disagrees with the registry, or a search could not be completed."""


class SnapshotError(GalleryError):
    """A gallery that was kept on disk cannot be used; the registry can make it anew."""


class SnapshotKeyError(SnapshotError):
    """The snapshot of a gallery was sealed with another key."""


class RecordError(BiometricsError):
    """The system of record refused."""


class RecordConflictError(RecordError):
    """The record exists already with other content."""


class CaseStateError(RecordConflictError):
    """The case does not stand where this action starts."""


class CaseHolderError(RecordConflictError):
    """Another examiner holds the case, or nobody does: the time to decide it is up, or it was never taken."""


class CaseForbiddenError(RecordError):
    """Whoever acts may not do so: another capacity, a second verdict, an outcome the case cannot come to."""


class RestrictedError(RecordError):
    """The data of a person are kept and not used, by the person's right: locked, or objected to for this purpose."""


class RecordNotFoundError(RecordError):
    """No such record."""


class PersonDataError(RecordError):
    """What is stated about a person cannot be recorded."""


class RecordBusyError(RecordError):
    """Another process holds the database."""


class RecordVersionError(RecordError):
    """The database was written by another version of Kura, or is no Kura database."""


class AnchorsStaleError(RecordError):
    """The audit log has waited too long for its anchor in the second sink: nothing is recorded, nor read, till then."""


class StorageError(RecordError):
    """The disk is full, or a stored file is missing or damaged."""


class ServiceError(BiometricsError):
    """The engine did not answer, or one side does not understand the other."""


class ServiceBusyError(ServiceError):
    """The engine has as much to do as it takes on."""


class ServiceLostError(ServiceError):
    """The engine ended before it answered; whether it did what was asked shows in the registry."""


class ServiceFailedError(ServiceError):
    """The engine failed on a question, by a mistake of Kura's; its log tells where."""


class SigningError(BiometricsError):
    """A signature cannot be made, or is not to be believed."""


class SignerUnavailableError(SigningError):
    """The key to sign with is in a token that is not there or does not answer; nothing was signed."""


class SignatureInvalidError(SigningError):
    """What is presented as signed was not signed so by anybody trusted, or was changed since."""


class ConfigurationError(BiometricsError):
    """Settings, paths or calibrations do not fit together."""


class KeyUnavailableError(ConfigurationError):
    """A key that protects the registry is missing, is another one, or lies in a token that does not answer."""
