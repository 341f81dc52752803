"""`SQLRequest` and `CreateCQRequest`, as an operation's worker runs them."""

import pandas as pd
import pytest
from isc.py.data.exceptions import SQLError
from isc.py.data.namespace import EmbeddedNamespace
from isc.py.ens.dispatcher import Dispatcher
from isc.py.msg.requests import CreateCQRequest, QueryRequest, SQLRequest
from isc.py.objectscript.library.collections import ListOfDataTypes
from isc.py.terminal import Main


def test_sql_runs_and_a_frame_becomes_a_table(namespace: EmbeddedNamespace) -> None:
    dispatcher = Dispatcher()
    insert = "insert into t.Person (Name, Children) values (?, ?)"
    dispatcher.dispatch(SQLRequest(Query=insert, Args=ListOfDataTypes(["Ada", 3])))
    Main()._context.namespace["df"] = pd.DataFrame({"Who": ["Ada", "Bob"], "Points": [1, 2]})
    dispatcher.dispatch(CreateCQRequest(Variable="df", Classname="my.Points"))
    sql = "select p.Name, f.Points from t.Person p join my.Points f on f.Who = p.Name"
    dispatcher.dispatch(QueryRequest(Query=sql, Variable="joined"))
    assert Main()._context.namespace["joined"].values.tolist() == [["Ada", 1]]


def test_sql_that_fails_tells_its_number(namespace: EmbeddedNamespace) -> None:
    with pytest.raises(SQLError, match="SQLCODE -30"):
        Dispatcher().dispatch(SQLRequest(Query="delete from t.Nobody"))
    with pytest.raises(SQLError, match="not a DataFrame"):
        Main()._context.namespace["number"] = 1
        Dispatcher().dispatch(CreateCQRequest(Variable="number", Classname="my.Number"))
