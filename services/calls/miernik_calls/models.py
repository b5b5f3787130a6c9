"""All tables of this service, for migrations and checks: importing the features declares them."""

from miernik_calls.application_imports import models as _application_imports
from miernik_calls.applications import models as _applications
from miernik_calls.calls import models as _calls
from miernik_calls.followers import models as _followers
from miernik_calls.organisations import models as _organisations
from miernik_calls.programme import models as _programme
from miernik_calls.tables import metadata

__all__ = ["_application_imports", "_applications", "_calls", "_followers", "_organisations", "_programme", "metadata"]
